/**
 * Facts for config.site: what `configure` would find out by compiling and linking, asked of the
 * toolchain once. Names of the variables are those of autoconf's macros.
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { Emit } from '../events.js';
import { UserError } from '../util/problem.js';
import { parseWith, readYamlFile } from '../util/yaml-document.js';
import { cleanEnvironment } from './host-compiler.js';
import { binDir, sysrootDir } from './layout.js';
import { templateFile } from './template.js';
import type { BuiltToolchain, ToolchainArchitecture } from './toolchain.js';

export interface Fact {
  /** A shell variable, e.g. `ac_cv_func_poll`. */
  name: string;
  value: string;
  /** Only for what no compile or link can show. */
  reason?: string;
}

const words = z.array(z.string());
const questionsSchema = z.strictObject({
  sizes: words,
  types: words,
  members: words,
  searches: words,
  libraries: z.record(z.string(), words),
  headers: words,
  runtime: z.array(
    z.strictObject({ reason: z.string(), answers: z.record(z.string(), z.string()) }),
  ),
});

/** The headers that autoconf's checks include before what they ask for, and a few that types need. */
const includes = [
  'stdio.h',
  'stdlib.h',
  'string.h',
  'inttypes.h',
  'stdint.h',
  'strings.h',
  'sys/types.h',
  'sys/stat.h',
  'unistd.h',
];
const typeIncludes = [
  ...includes,
  'dirent.h',
  'netdb.h',
  'netinet/in.h',
  'pthread.h',
  'signal.h',
  'stddef.h',
  'sys/ioctl.h',
  'sys/resource.h',
  'sys/socket.h',
  'sys/time.h',
  'sys/uio.h',
  'sys/un.h',
  'time.h',
  'wchar.h',
];

/**
 * Asks the toolchain in `prefix`. Every answer but those of `runtime` in facts.yaml comes from a
 * real compile or link. Throws UserError when the toolchain cannot compile or link at all.
 */
export async function probeFacts(
  toolchain: BuiltToolchain,
  architecture: ToolchainArchitecture,
  prefix: string,
  { signal, emit }: { signal: AbortSignal; emit: Emit },
): Promise<Fact[]> {
  const step = `asking the toolchain of ${architecture.name} for config.site`;
  const start = performance.now();
  emit({ type: 'step-start', step });
  const questions = parseWith(
    questionsSchema,
    readYamlFile(templateFile(toolchain.filesDirs, 'facts.yaml')),
  );
  const work = await mkdtemp(join(tmpdir(), 'stubforge-facts-'));
  try {
    const probe = new Probe(architecture, prefix, work, signal);
    const [functions, headers, sizes, typeFacts] = await Promise.all([
      probe.functions(),
      probe.headers(questions.headers),
      probe.sizes(questions.sizes),
      probe.types(questions.types, questions.members),
    ]);
    const known = new Set(functions);
    const facts: Fact[] = [
      ...headers.map((name) => yes(`ac_cv_header_${variable(name)}`)),
      ...sizes,
      ...typeFacts,
      ...functions.map((name) => yes(`${functionFact}${name}`)),
      ...questions.searches
        .filter((name) => known.has(name))
        .map((name) => ({ name: `ac_cv_search_${name}`, value: 'none required' })),
      ...(await probe.libraries(questions.libraries, known)),
      ...questions.runtime.flatMap(({ reason, answers }) =>
        Object.entries(answers).map(([name, value]) => ({ name, value, reason })),
      ),
    ];
    emit({
      type: 'step-done',
      step,
      seconds: (performance.now() - start) / 1000,
      detail: `${facts.length} facts`,
    });
    return facts;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Lines of shell that set each variable unless it is set already. */
export function factsText(facts: readonly Fact[]): string {
  let reason: string | undefined;
  const lines: string[] = [];
  for (const fact of facts) {
    if (fact.reason !== undefined && fact.reason !== reason) lines.push(`  # ${fact.reason}`);
    reason = fact.reason;
    lines.push(`  : "\${${fact.name}=${fact.value}}"`);
  }
  return lines.length > 0 ? lines.join('\n') : '  :';
}

/**
 * The functions that link as properties of a meson cross file. What only a running program would tell
 * is left out: autoconf's variables for such answers look alike, and mean more than that.
 */
export function mesonFunctions(facts: readonly Fact[]): string {
  return facts
    .filter(({ name, reason }) => name.startsWith(functionFact) && reason === undefined)
    .map(({ name }) => `has_function_${name.slice(functionFact.length)} = true`)
    .join('\n');
}

const functionFact = 'ac_cv_func_';

const yes = (name: string): Fact => ({ name, value: 'yes' });

/** A name as autoconf makes it part of a variable: `*` is p, all else that is no letter or digit _. */
const variable = (name: string) => name.replaceAll('*', 'p').replace(/[^A-Za-z0-9_]/g, '_');

const includeLines = (headers: readonly string[]) =>
  headers.map((name) => `#include <${name}>\n`).join('');

class Probe {
  private readonly limit = pLimit(availableParallelism());
  private files = 0;

  constructor(
    private readonly architecture: ToolchainArchitecture,
    private readonly prefix: string,
    private readonly work: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Runs a tool of the toolchain; a failure is an answer, not an exception. */
  private run(tool: string, args: readonly string[]) {
    return this.limit(() =>
      execa(join(binDir(this.prefix), `${this.architecture.triple}-${tool}`), args, {
        cwd: this.work,
        env: cleanEnvironment,
        extendEnv: false,
        reject: false,
        maxBuffer: 64 * 1024 * 1024,
        cancelSignal: this.signal,
      }),
    );
  }

  private async file(text: string, extension = 'c'): Promise<string> {
    this.files += 1;
    const name = `probe${this.files}.${extension}`;
    await writeFile(join(this.work, name), text);
    return name;
  }

  private fail(what: string, stderr: string): never {
    this.signal.throwIfAborted();
    throw new UserError({
      message: `the toolchain of ${this.architecture.name} cannot ${what}`,
      details: stderr.split('\n').slice(0, 20),
    });
  }

  /**
   * The functions of the libc that link. All are linked into one program: whatever links together
   * links alone too, because an archive's members bring in the same others.
   */
  async functions(): Promise<string[]> {
    const libc = join(sysrootDir(this.prefix, this.architecture), 'usr', 'lib', 'libc.a');
    const nm = await this.run('nm', ['--defined-only', '--extern-only', '--format=posix', libc]);
    if (nm.failed) this.fail('read its libc', String(nm.stderr));
    let names = [
      ...new Set(
        String(nm.stdout)
          .split('\n')
          .map((line) => line.split(' '))
          .filter(([name, type]) => name && isPublic(name) && (type === 'T' || type === 'W'))
          .map(([name]) => name!),
      ),
    ].sort();
    for (let tries = 0; tries < 3; tries += 1) {
      const table = names.map((name) => `  (void *) ${name},\n`).join('');
      const source = await this.file(
        `${names.map((name) => `extern char ${name}[];\n`).join('')}` +
          `void *volatile table[] = {\n${table}};\nint main(void) { return table[0] == 0; }\n`,
      );
      const link = await this.run('gcc', ['-w', '-fno-builtin', source, '-o', `${source}.out`]);
      if (!link.failed) return names;
      const missing = new Set(
        [...String(link.stderr).matchAll(/undefined reference to [`']([^']+)'/g)].map(
          (match) => match[1]!,
        ),
      );
      const rest = names.filter((name) => !missing.has(name));
      if (rest.length === names.length) this.fail('link a program', String(link.stderr));
      names = rest;
    }
    return this.fail('link a program', 'more functions are undefined at each try');
  }

  /** Headers of the libc, and the given ones, that compile after autoconf's default headers. */
  async headers(extra: readonly string[]): Promise<string[]> {
    const dir = join(sysrootDir(this.prefix, this.architecture), 'usr', 'include');
    // The libc's headers are told from the kernel's by their folders.
    const libc = (await readdir(dir, { recursive: true }))
      .filter((name) => name.endsWith('.h'))
      .filter((name) =>
        /^(([a-z0-9_-]+)|((arpa|net|netinet|netpacket|sys|scsi)\/.+))\.h$/.test(name),
      );
    const names = [...new Set([...libc, ...extra])].sort();
    const found = await Promise.all(batches(names, 24).map((batch) => this.compiling(batch)));
    if (found.every((batch) => batch.length === 0)) {
      this.fail('compile', 'no header of its sysroot compiles');
    }
    return found.flat();
  }

  /**
   * Those of the headers that compile. Each is a file of its own, but one call of the compiler takes
   * several: starting it costs as much as what it has to do here.
   */
  private async compiling(names: readonly string[]): Promise<string[]> {
    const sources = await Promise.all(
      names.map((name) => this.file(`${includeLines(includes)}#include <${name}>\n`)),
    );
    const compiled = await this.run('gcc', ['-w', '-fsyntax-only', ...sources]);
    if (!compiled.failed) return [...names];
    // Each error is in a source itself, or tells by which source its file was included.
    const failed = (source: string) =>
      new RegExp(`^(?:In file included from |\\s+from )?${source}:`, 'm').test(
        String(compiled.stderr),
      );
    return names.filter((_name, index) => !failed(sources[index]!));
  }

  /** Sizes and alignments, read from the sizes of objects so that nothing has to run. */
  async sizes(types: readonly string[]): Promise<Fact[]> {
    const source = await this.file(
      includeLines(typeIncludes) +
        types
          .map(
            (type, index) =>
              `char size_${index}[sizeof(${type})];\n` +
              `struct a_${index} { char c; ${type} x; };\n` +
              `char align_${index}[__builtin_offsetof(struct a_${index}, x)];\n`,
          )
          .join(''),
    );
    const compiled = await this.run('gcc', ['-w', '-fno-common', '-c', source, '-o', 'sizes.o']);
    if (compiled.failed) this.fail('compile', String(compiled.stderr));
    const nm = await this.run('nm', ['--format=posix', '--radix=d', 'sizes.o']);
    const sizes = new Map(
      String(nm.stdout)
        .split('\n')
        .map((line) => line.split(' '))
        .map(([name, , , size]) => [name, Number(size)]),
    );
    const facts = types.flatMap((type, index) => [
      { name: `ac_cv_sizeof_${variable(type)}`, value: String(sizes.get(`size_${index}`)) },
      { name: `ac_cv_alignof_${variable(type)}`, value: String(sizes.get(`align_${index}`)) },
    ]);
    // With 64-bit file offsets from the start there is nothing for AC_SYS_LARGEFILE to switch on.
    if (sizes.get(`size_${types.indexOf('off_t')}`) === 8) {
      facts.push(
        { name: 'ac_cv_sys_file_offset_bits', value: 'no' },
        { name: 'ac_cv_sys_large_files', value: 'no' },
        { name: 'ac_cv_sys_largefile_CC', value: 'no' },
      );
    }
    return facts;
  }

  /** Types and members that one compile of all of them does not complain about. */
  async types(types: readonly string[], members: readonly string[]): Promise<Fact[]> {
    const questions = [
      ...types.map((type) => ({
        name: `ac_cv_type_${variable(type)}`,
        code: `(int) sizeof(${type})`,
      })),
      ...members.map((member) => {
        const [type, ...path] = member.split('.');
        return {
          name: `ac_cv_member_${variable(member)}`,
          code: `(int) sizeof(((${type} *) 0)->${path.join('.')})`,
        };
      }),
      // AC_TYPE_INT8_T and its like have variables of their own.
      ...[8, 16, 32, 64].flatMap((bits) =>
        ['int', 'uint'].map((kind) => ({
          name: `ac_cv_c_${kind}${bits}_t`,
          code: `(int) sizeof(${kind}${bits}_t)`,
        })),
      ),
    ];
    // Each question is a function under a line number of its own, which the complaint then names.
    const source = await this.file(
      includeLines(typeIncludes) +
        questions
          .map(({ code }, index) => `# ${index + 1} "q"\nint q${index}(void) { return ${code}; }\n`)
          .join(''),
    );
    const compiled = await this.run('gcc', ['-w', '-fsyntax-only', source]);
    const failed = new Set(
      [...String(compiled.stderr).matchAll(/^q:([0-9]+):[0-9]+: error/gm)].map((match) =>
        Number(match[1]),
      ),
    );
    if (compiled.failed && failed.size === 0) this.fail('compile', String(compiled.stderr));
    return questions.filter((_each, index) => !failed.has(index + 1)).map(({ name }) => yes(name));
  }

  /** AC_CHECK_LIB's answers, where the sysroot has the library and the function links. */
  async libraries(
    libraries: Readonly<Record<string, readonly string[]>>,
    functions: ReadonlySet<string>,
  ): Promise<Fact[]> {
    const lib = join(sysrootDir(this.prefix, this.architecture), 'usr', 'lib');
    const present = new Set(await readdir(lib));
    return Object.entries(libraries)
      .filter(([library]) => present.has(`lib${library}.a`))
      .flatMap(([library, names]) =>
        names
          .filter((name) => functions.has(name))
          .map((name) => yes(`ac_cv_lib_${library}_${name}`)),
      );
  }
}

function batches<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_each, at) => items.slice(at * size, (at + 1) * size));
}

/** Scripts ask for public names, and for the stdio internals that gnulib looks for. */
function isPublic(name: string): boolean {
  return /^([a-zA-Z][a-zA-Z0-9_]*|_Exit|_exit|__f(lbf|pending|purge|readable|readahead|reading|seterr|setlocking|writable|writing))$/.test(
    name,
  );
}
