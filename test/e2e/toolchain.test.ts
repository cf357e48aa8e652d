/**
 * The installed toolchain, used by hand in trees that stubforge never saw: what it answers, what it
 * tells configure, meson and CMake, and that what it links boots.
 */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findProject, packageRoot } from '../../src/project.js';
import { lockSources } from '../../src/source/lock-sources.js';
import type { SourceSpec } from '../../src/source/spec.js';
import { unpackSource } from '../../src/source/unpack.js';
import { loadToolchain } from '../../src/toolchain/load.js';
import { lacks } from '../support/lacks.js';
import { stubforge, stubforgeJson, testState } from '../support/stubforge.js';

const { architectures } = loadToolchain(join(packageRoot, 'toolchains/nub/toolchain.yaml'));
const compiler = ['gcc', 'binutils', 'lib32gcc-12-dev', 'make'];

let folder: string;
let prefix: string;

describe.skipIf(lacks(...compiler))('an installed toolchain', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stubforge-toolchain-e2e-'));
    prefix = join(folder, 'prefix');
    const { exitCode, stderr, stdout } = await stubforge(['toolchain', 'install', prefix, '--all']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`export PATH=${prefix}/bin:"$PATH"`);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** As in a user's shell after the lines that `install` prints. */
  const shell = async (triple: string, cwd: string, command: string, words: readonly string[]) => {
    const ran = await execa(command, words, {
      cwd,
      env: {
        PATH: `${prefix}/bin:/usr/bin:/bin`,
        CONFIG_SITE: `${prefix}/share/stubforge/${triple}/config.site`,
        HOME: cwd,
        LC_ALL: 'C',
      },
      extendEnv: false,
      reject: false,
      all: true,
    });
    return { ok: !ran.failed, all: ran.all, stdout: ran.stdout };
  };
  const succeed = async (...call: Parameters<typeof shell>) => {
    const ran = await shell(...call);
    expect(ran.ok, ran.all).toBe(true);
    return ran.stdout;
  };

  const console = async (image: string) => {
    const { events, exitCode } = await stubforgeJson(['boot', image, '--under', 'pvh']);
    const lines = events.flatMap((event) => (event.type === 'console' ? [event.line] : []));
    expect(exitCode, lines.join('\n')).toBe(0);
    return lines;
  };

  test('a folder that is something else is left alone, an older prefix is replaced', async () => {
    const precious = join(folder, 'precious');
    await mkdir(precious);
    await writeFile(join(precious, 'thesis.tex'), 'x');
    const refused = await stubforge(['toolchain', 'install', precious]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('is not empty and is no toolchain that stubforge installed');
    expect(await readFile(join(precious, 'thesis.tex'), 'utf8')).toBe('x');

    const older = join(folder, 'older');
    expect((await stubforge(['toolchain', 'install', older, '--all'])).exitCode).toBe(0);
    await writeFile(join(older, 'bin/leftover'), 'x');
    expect((await stubforge(['toolchain', 'install', older])).exitCode).toBe(0);
    await expect(stat(join(older, 'bin/leftover'))).rejects.toThrow('ENOENT');
    await expect(stat(join(older, 'bin/i686-xen-stubdom-gcc'))).rejects.toThrow('ENOENT');
    expect((await stat(join(older, 'bin/x86_64-xen-stubdom-gcc'))).mode & 0o777).toBe(0o755);
  });

  test('its variables can be evaluated by a shell', async () => {
    const { stdout } = await stubforge(['toolchain', 'env', '--arch', 'stubdom-i386', '--sh']);
    const words = ['-euc', `${stdout}\n$CC -dumpmachine; $PKG_CONFIG --variable=prefix x || true`];
    const { stdout: said } = await execa('sh', words, { cwd: folder });
    expect(said.trim()).toBe('i686-xen-stubdom');
  });

  describe.each(architectures)('$name', (architecture) => {
    const { name, triple, bits } = architecture;
    let work: string;
    let site: Map<string, string>;
    beforeAll(async () => {
      work = join(folder, name);
      await mkdir(work);
      const text = await readFile(`${prefix}/share/stubforge/${triple}/config.site`, 'utf8');
      site = new Map([...text.matchAll(/"\$\{(\w+)=([^}]*)\}"/g)].map((m) => [m[1]!, m[2]!]));
    });

    const limit = pLimit(availableParallelism());
    let probes = 0;
    const accepts = (source: string, ...words: string[]) =>
      limit(async () => {
        probes += 1;
        const file = `probe${probes}`;
        await writeFile(join(work, `${file}.c`), source);
        const all = ['-w', `${file}.c`, '-o', `${file}.out`, ...words];
        const { ok } = await shell(triple, work, `${triple}-gcc`, all);
        await rm(join(work, `${file}.out`), { force: true });
        return ok;
      });
    const wrong = async <Item>(
      items: readonly Item[],
      isRight: (item: Item) => Promise<boolean>,
    ) => {
      const right = await Promise.all(items.map(isRight));
      return items.filter((_item, index) => !right[index]);
    };
    const variable = (text: string) => text.replaceAll('*', 'p').replace(/[^A-Za-z0-9_]/g, '_');
    const facts = async () =>
      parse(await readFile(join(packageRoot, 'toolchains/nub/files/facts.yaml'), 'utf8')) as {
        sizes: string[];
        types: string[];
        members: string[];
        headers: string[];
        runtime: { answers: Record<string, string> }[];
      };

    test('functions that config.site has link alone, as configure would try them', async () => {
      const { runtime } = await facts();
      const fromRuns = new Set(runtime.flatMap(({ answers }) => Object.keys(answers)));
      const all = [...site.keys()]
        .filter((each) => !fromRuns.has(each))
        .flatMap((each) => /^ac_cv_func_(\w+)$/.exec(each)?.[1] ?? []);
      expect(all.length).toBeGreaterThan(1000);
      expect(all).toEqual(expect.arrayContaining(['poll', 'pthread_create', 'strlcpy']));
      // Both architectures have the same libc: each alone once, and twenty at a time once more.
      const size = architecture === architectures[0] ? 1 : 20;
      const groups = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
        all.slice(index * size, (index + 1) * size),
      );
      const links = (group: string[]) =>
        accepts(
          `${group.map((each) => `char ${each}(void);\n`).join('')}` +
            `int main(void) { return ${group.map((each) => `${each}()`).join(' + ')}; }\n`,
          '-fno-builtin',
        );
      expect(await wrong(groups, links)).toEqual([]);
      const cross = await readFile(`${prefix}/share/stubforge/${triple}/meson-cross.ini`, 'utf8');
      const meson = [...cross.matchAll(/^has_function_(\w+) = true$/gm)].map((m) => m[1]!);
      expect(meson.length).toBeGreaterThan(1000);
      const others = meson.filter((each) => !all.includes(each)).map((each) => [each]);
      expect(await wrong(others, links)).toEqual([]);
    });

    test('functions that are looked for in libraries link as config.site says', async () => {
      const program = (each: string) =>
        `char ${each}(void); int main(void) { return ${each}(); }\n`;
      const searched = [...site].flatMap(([each, value]) =>
        each.startsWith('ac_cv_search_') ? [[each.slice(13), value] as const] : [],
      );
      expect(searched.length).toBeGreaterThan(10);
      expect(new Set(searched.map(([, value]) => value))).toEqual(new Set(['none required']));
      expect(await wrong(searched, ([each]) => accepts(program(each), '-fno-builtin'))).toEqual([]);
      const inLibraries = [...site.keys()].flatMap((each) => {
        const [, library, name] = /^ac_cv_lib_([a-z]+)_(\w+)$/.exec(each) ?? [];
        return library && name ? [{ library, name }] : [];
      });
      expect(inLibraries.length).toBeGreaterThan(10);
      const linksWith = ({ library, name }: (typeof inLibraries)[number]) =>
        accepts(program(name), '-fno-builtin', `-l${library}`);
      expect(await wrong(inLibraries, linksWith)).toEqual([]);
    });

    test('no answer is of a kind that the tests here do not know', async () => {
      const { runtime } = await facts();
      const fromRuns = new Set(runtime.flatMap(({ answers }) => Object.keys(answers)));
      const kinds =
        /^ac_cv_(func|header|sizeof|alignof|type|member|search|lib|c_u?int(8|16|32|64)_t$|sys_file_offset_bits$|sys_large_files$|sys_largefile_CC$)/;
      expect(site.size).toBeGreaterThan(1500);
      expect([...site.keys()].filter((each) => !fromRuns.has(each) && !kinds.test(each))).toEqual(
        [],
      );
    });

    test('what the libc lacks fails to link and has no answer', async () => {
      for (const absent of ['makecontext', 'backtrace', 'gnu_get_libc_version', 'nub_no_such']) {
        expect(site.has(`ac_cv_func_${absent}`)).toBe(false);
        expect(await accepts(`char ${absent}(void); int main(void) { ${absent}(); }\n`)).toBe(
          false,
        );
      }
    });

    test('sizes and types are what the compiler says', async () => {
      const { sizes, types, members } = await facts();
      const headers = ['stdio', 'stdint', 'stddef', 'inttypes', 'wchar', 'time', 'pthread', 'netdb']
        .concat([
          'dirent',
          'signal',
          'sys/types',
          'sys/socket',
          'sys/un',
          'sys/resource',
          'sys/uio',
        ])
        .concat(['sys/ioctl', 'netinet/in'])
        .map((header) => `#include <${header}.h>\n`)
        .join('');
      const measured = sizes.map(
        (type) =>
          `_Static_assert(sizeof(${type}) == ${site.get(`ac_cv_sizeof_${variable(type)}`)}, "");` +
          `struct s { char c; ${type} x; };` +
          `_Static_assert(__builtin_offsetof(struct s, x) == ${site.get(`ac_cv_alignof_${variable(type)}`)}, "");`,
      );
      expect(await wrong(measured, (each) => accepts(`${headers}${each}\n`, '-c'))).toEqual([]);
      expect(site.get('ac_cv_sizeof_void_p')).toBe(String(bits / 8));
      const present = types.filter((type) => site.has(`ac_cv_type_${variable(type)}`));
      expect(present.length).toBeGreaterThan(50);
      expect(
        await wrong(present, (type) => accepts(`${headers}int x = sizeof(${type});\n`, '-c')),
      ).toEqual([]);
      const withMember = members.filter((each) => site.has(`ac_cv_member_${variable(each)}`));
      expect(withMember.length).toBeGreaterThan(5);
      const hasMember = (each: string) => {
        const [type, ...path] = each.split('.');
        const member = `((${type} *) 0)->${path.join('.')}`;
        return accepts(`${headers}#include <sys/stat.h>\nint x = sizeof(${member});\n`, '-c');
      };
      expect(await wrong(withMember, hasMember)).toEqual([]);
      const fixed = [8, 16, 32, 64].flatMap((bits) => [`int${bits}_t`, `uint${bits}_t`]);
      expect(fixed.map((type) => site.get(`ac_cv_c_${type}`))).toEqual(fixed.map(() => 'yes'));
      // Nothing has to be defined for 64-bit file offsets, which `no` says for all three.
      expect(site.get('ac_cv_sizeof_off_t')).toBe('8');
      for (const each of ['file_offset_bits', 'large_files', 'largefile_CC']) {
        expect(site.get(`ac_cv_sys_${each}`)).toBe('no');
      }
    });

    test('headers that config.site has compile', async () => {
      const listed = [...site.keys()].filter((each) => each.startsWith('ac_cv_header_'));
      expect(listed.length).toBeGreaterThan(100);
      const include = join(prefix, triple, 'sysroot/usr/include');
      const { stdout } = await execa('find', ['.', '-name', '*.h', '-printf', '%P\n'], {
        cwd: include,
      });
      const byVariable = new Map(
        stdout.split('\n').map((path) => [`ac_cv_header_${variable(path)}`, path]),
      );
      expect(listed.filter((each) => !byVariable.has(each))).toEqual([]);
      const compiles = (each: string) =>
        accepts(`#include <stdio.h>\n#include <${byVariable.get(each)}>\n`, '-fsyntax-only');
      expect(await wrong(listed, compiles)).toEqual([]);
    });

    test.skipIf(lacks('qemu-system-x86'))(
      'answers that need a run are what a run gives',
      async () => {
        const source = resolve(import.meta.dirname, 'toolchain/answers.c');
        await succeed(triple, work, `${triple}-gcc`, ['-O2', source, '-o', 'answers']);
        const said = (await console(join(work, 'answers'))).filter((line) =>
          line.startsWith('ac_cv'),
        );
        const { runtime } = await facts();
        const promised = runtime.flatMap(({ answers }) => Object.entries(answers));
        expect(promised.length).toBeGreaterThan(10);
        expect(said.sort()).toEqual(promised.map(([each, value]) => `${each}=${value}`).sort());
        for (const [each, value] of promised) expect(site.get(each)).toBe(value);
      },
    );

    test('configure --host builds a distro package by hand', async () => {
      const tree = join(work, 'lzo2');
      const project = findProject({ directory: folder, stateDir: testState });
      const spec: SourceSpec = { type: 'debian', package: 'lzo2' };
      const lock = await lockSources(project, [spec], { offline: false, emit: () => {} });
      await unpackSource(project, spec, lock, tree);
      const patched = await stubforge(['config-sub', 'patch', tree]);
      expect(patched.exitCode, patched.stdout).toBe(0);
      const said = await succeed(triple, tree, './configure', [`--host=${triple}`]);
      expect(said).toMatch(`checking host system type... ${triple}`);
      expect(said).toMatch(/checking for gettimeofday\.\.\. \(cached\) yes/);
      expect(said).toMatch(`checking size of long... (cached) ${bits / 8}`);
      expect(said).toMatch(/checking whether to build shared libraries\.\.\. no/);
      await succeed(triple, tree, 'make', ['src/liblzo2.la', 'examples/simple']);
      if (lacks('qemu-system-x86')) return;
      expect(await console(join(tree, 'examples/simple'))).toContain(
        'Simple compression test passed.',
      );
    });

    const project = {
      'main.c': '#include <stdio.h>\nint main(void) { puts("built by hand"); return 0; }\n',
      'meson.build': `project('p', 'c')
c = meson.get_compiler('c')
assert(c.has_function('poll'), 'poll')
assert(not c.has_function('makecontext'), 'makecontext')
assert(not c.find_library('z', required: false).found(), 'libz of the host')
assert(not dependency('zlib', required: false).found(), 'zlib of the host')
assert(not add_languages('cpp', required: false, native: false), 'the host’s C++')
assert(c.sizeof('void *') * 8 == BITS, 'width')
executable('program', 'main.c')
`,
      'CMakeLists.txt': `cmake_minimum_required(VERSION 3.13)
project(p)
include(CheckFunctionExists)
check_function_exists(poll HAVE_POLL)
check_function_exists(makecontext HAVE_MAKECONTEXT)
find_library(LIBZ z)
find_path(ZLIB_H zlib.h)
if(NOT HAVE_POLL OR HAVE_MAKECONTEXT OR LIBZ OR ZLIB_H OR NOT UNIX)
  message(FATAL_ERROR "not the target: \${HAVE_POLL} \${HAVE_MAKECONTEXT} \${LIBZ} \${ZLIB_H}")
endif()
math(EXPR BITS "\${CMAKE_SIZEOF_VOID_P} * 8")
if(NOT BITS EQUAL WANTED)
  message(FATAL_ERROR "\${BITS} bits")
endif()
add_executable(program main.c)
`,
    };
    const writeProject = async (tree: string) => {
      await mkdir(tree);
      for (const [path, text] of Object.entries(project)) {
        await writeFile(join(tree, path), text.replaceAll("BITS, 'width'", `${bits}, 'width'`));
      }
    };
    const isImage = async (file: string) => {
      const notes = await succeed(triple, work, `${triple}-readelf`, ['-nW', file]);
      expect(notes).toContain('Xen');
      if (!lacks('qemu-system-x86')) expect(await console(file)).toContain('built by hand');
    };

    test.skipIf(lacks('meson'))(
      'a meson project finds the target and nothing of the host',
      async () => {
        const tree = join(work, 'meson-project');
        await writeProject(tree);
        const cross = `${prefix}/share/stubforge/${triple}/meson-cross.ini`;
        await succeed(triple, tree, 'meson', ['setup', 'out', '--cross-file', cross]);
        await succeed(triple, tree, 'ninja', ['-C', 'out']);
        await isImage(join(tree, 'out/program'));
      },
    );

    test.skipIf(lacks('cmake'))(
      'a CMake project finds the target and nothing of the host',
      async () => {
        const tree = join(work, 'cmake-project');
        await writeProject(tree);
        const file = `${prefix}/share/stubforge/${triple}/toolchain.cmake`;
        const words = ['-S.', '-Bout', `-DCMAKE_TOOLCHAIN_FILE=${file}`, `-DWANTED=${bits}`];
        await succeed(triple, tree, 'cmake', words);
        await succeed(triple, tree, 'cmake', ['--build', 'out']);
        await isImage(join(tree, 'out/program'));
      },
    );
  });
});
