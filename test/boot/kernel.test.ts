/**
 * The kernel's own test programs, one a chapter, linked with the installed toolchain as a user
 * would and booted in every lab. The status that a program ends with is its verdict.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../src/artifacts/image/files-segment.js';
import { packImage } from '../../src/artifacts/image/pack-image.js';
import { type BootResult, bootImage } from '../../src/lab/boot-image.js';
import { packageRoot } from '../../src/project/project.js';
import { writeFileAtomic } from '../../src/util/files.js';
import { lacks } from '../support/lacks.js';
import { stubforge, stubforgeJson } from '../support/stubforge.js';

const sources = join(packageRoot, 'toolchains/nub/kernel/test');
const architectures = [
  ['stubdom-amd64', 'x86_64-xen-stubdom'],
  ['stubdom-i386', 'i686-xen-stubdom'],
] as const;
const labs = ['xen', 'pvh'] as const;

interface Run {
  /** Told apart in the test's name. */
  variant?: string;
  cmdline?: string;
  /** Lines to type once the program has printed one. */
  input?: string[];
  /** Each must match a line of the console. */
  shows?: RegExp[];
}

/** Programs that need more than to be started. */
const runs: Record<string, Run[]> = {
  arguments: [{ cmdline: `one 'two  words' "a \\"quote\\"" back\\ slash ''` }],
  console: [{ input: ['hello', 'end'], shows: [/hello/] }],
  'panic-instruction': [{}, { variant: 'invalid', cmdline: 'invalid' }],
  'panic-stack': [{}, { variant: 'silent', cmdline: 'silent' }],
  statistics: [
    {
      cmdline: 'nub.stats=1',
      shows: [
        /^nub: main after [0-9]+ us$/,
        // Nobody has woken the one that waits, and who can run waits for the others' turns of 4 ms.
        /^nub: stats [2-9]\.\d{3} s: .* ready ([4-9]\d{3}|\d{5,}) us, stuck 1$/,
        /^nub: stats .* threads 1 of 4; .* wakes [1-9]\d*; .* stuck 0$/,
      ],
    },
  ],
  variables: [{ cmdline: `env.HOME=/given 'env.GREETING=hello there' env.EMPTY= env. second` }],
  'panic-protection': ['text', 'rodata', 'files', 'readonly', 'data'].map((variant) => ({
    variant,
    cmdline: variant,
  })),
};

/** Words that are packed into the image, behind the program's name. */
const packed: Record<string, string[]> = {
  variables: ['env.PACKED=yes', 'env.HOME=/packed', 'first'],
};

/** The tree that the program `files` looks at; its header comment says what it expects. */
const tree = [
  { path: '/etc/motd', mode: S_IFREG | 0o644, content: Buffer.from('welcome\n') },
  { path: '/etc/greeting', mode: S_IFLNK | 0o777, content: Buffer.from('motd') },
  {
    path: '/data/big',
    mode: S_IFREG | 0o644,
    content: Buffer.from(Array.from({ length: 100_000 }, (_, offset) => offset % 251)),
  },
  { path: '/data/up', mode: S_IFLNK | 0o777, content: Buffer.from('../etc') },
  { path: '/empty', mode: S_IFDIR | 0o755, content: Buffer.alloc(0) },
];

const noLab = lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'qemu-system-x86', 'bison', 'flex');
const programs = (await readdir(sources)).filter((name) => name.endsWith('.c'));
const names = programs.map((name) => name.replace(/\.c$/, ''));

describe.skipIf(noLab)('the kernel', () => {
  let folder: string;
  const hypervisors = new Map<string, string>();
  const expected = new Map<string, number>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stubforge-kernel-e2e-'));
    const prefix = join(folder, 'prefix');
    const installed = await stubforge(['toolchain', 'install', prefix, '--all']);
    expect(installed.exitCode, installed.stderr).toBe(0);
    const tools = await stubforgeJson<{ outputs: Record<string, { output: string }> }>([
      'build',
      'xen-hypervisor',
      'xen-hypervisor-pv32',
    ]);
    const boot = (recipe: string, file: string) =>
      join(tools.value.outputs[`${recipe}:native`]!.output, 'usr/lib/xen/boot', file);
    hypervisors.set('stubdom-amd64', boot('xen-hypervisor', 'xen.gz'));
    hypervisors.set('stubdom-i386', boot('xen-hypervisor-pv32', 'xen-pv32.gz'));

    const limit = pLimit(2);
    await Promise.all(
      names.flatMap((name) =>
        architectures.map(([architecture, triple]) =>
          limit(async () => {
            const source = join(sources, `${name}.c`);
            // A program says in its header how it ends, unless that is with 0.
            const text = await readFile(source, 'utf8');
            const status = /^\/\* expect: (\d+) \*\/|^ \*.*\bwith status (\d+)/m.exec(text);
            expected.set(name, Number(status?.[1] ?? status?.[2] ?? 0));
            const program = join(folder, `${name}.${architecture}`);
            const words = ['-O2', '-o', program, source, '-lpthread'];
            await execa(join(prefix, `bin/${triple}-gcc`), words);
            const image = packImage({
              elf: await readFile(program),
              files: name === 'files' ? tree : [],
              arguments: [name, ...(packed[name] ?? [])],
              date: 0,
            });
            await writeFileAtomic(program, image, 0o755);
          }),
        ),
      ),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe.each(architectures.map(([name]) => name))('%s', (architecture) => {
    describe.each(labs)('under %s', (under) => {
      const cases = names.flatMap((name) =>
        (runs[name] ?? [{}]).map((run) => [titleOf(name, run), name, run] as const),
      );
      test.each(cases)('%s', async (_title, name, run) => {
        const lines: string[] = [];
        const result = await bootImage(
          {
            image: join(folder, `${name}.${architecture}`),
            under,
            hypervisor: under === 'xen' ? hypervisors.get(architecture) : undefined,
            cmdline: run.cmdline,
            accelerator: 'tcg',
            timeout: 120,
            listening: (write) => {
              for (const line of run.input ?? []) write(`${line}\r`);
            },
          },
          {
            emit: (event) => {
              if (event.type === 'console') lines.push(event.line);
            },
            signal: new AbortController().signal,
          },
        );
        check(name, run, under, result, lines);
        for (const pattern of run.shows ?? []) {
          expect(
            lines.some((line) => pattern.test(line)),
            `${pattern}\n${lines.join('\n')}`,
          ).toBe(true);
        }
      });
    });
  });

  function check(name: string, run: Run, under: string, result: BootResult, lines: string[]) {
    const seen = `${result.detail}\n${result.tail.join('\n')}`;
    if (run.variant === 'silent' && under === 'xen') {
      // Xen cannot push the exception on a stack that is used up, and ends the domain itself.
      expect(result.outcome, seen).toBe('crashed');
      return;
    }
    const status = expected.get(name)!;
    expect(result.status, seen).toBe(status);
    expect(result.outcome, seen).toBe(
      status === 0 ? 'passed' : status === 255 ? 'crashed' : 'failed',
    );
    if (status === 255) {
      expect(
        lines.some((line) => line.startsWith('nub: panic: ')),
        seen,
      ).toBe(true);
    }
  }
});

function titleOf(name: string, run: Run): string {
  return run.variant ? `${name} ${run.variant}` : name;
}
