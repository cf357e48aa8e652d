/**
 * The answers that a toolchain gives for all packages: each is held against a real compile, link or
 * run, and what packages make of them against what they find out without.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { loadToolchain } from '../../../src/toolchain/load-toolchains.js';
import { consoleOf, InstalledToolchain } from '../../support/installed-toolchain.js';
import { lacks } from '../../support/lacks.js';
import { sample } from '../../support/sample.js';

const { architectures } = loadToolchain(
  join(packageRoot, 'toolchains/nub/toolchain.yaml'),
).description;
const lists = join(packageRoot, 'toolchains/nub/configure-answers/questions');

/** A list of what is asked, without its comments. */
const questions = async (list: string) =>
  (await readFile(join(lists, list), 'utf8')).split('\n').filter((line) => /^[^#]/.test(line));

/** The answers that no compile can find, by variable. */
const runtimeAnswers = async () =>
  (await questions('runtime')).map((line) => line.split('=') as [string, string]);

const variable = (text: string) => text.replaceAll('*', 'p').replace(/[^A-Za-z0-9_]/g, '_');

let toolchain: InstalledToolchain;

describe.skipIf(lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'make'))('the answers', () => {
  beforeAll(async () => {
    toolchain = await InstalledToolchain.install();
  });
  afterAll(() => toolchain.remove());

  describe.each(architectures)('for $name', (architecture) => {
    const { name, triple, bits } = architecture;
    let work: string;
    let site: Map<string, string>;
    beforeAll(async () => {
      work = join(toolchain.folder, name);
      await mkdir(work);
      const text = await readFile(join(toolchain.files(triple), 'config.site'), 'utf8');
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
        const { ok } = await toolchain.run(triple, work, `${triple}-gcc`, all);
        await rm(join(work, `${file}.out`), { force: true });
        return ok;
      });
    const wrong = async <Item>(
      items: readonly Item[],
      isRight: (item: Item) => Promise<boolean>,
    ) => {
      const tried = sample(items, 20);
      const right = await Promise.all(tried.map(isRight));
      return tried.filter((_item, index) => !right[index]);
    };

    test('functions that config.site has link alone, as configure would try them', async () => {
      const fromRuns = new Set((await runtimeAnswers()).map(([each]) => each));
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
      const cross = await readFile(join(toolchain.files(triple), 'meson-answers.ini'), 'utf8');
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
      const fromRuns = new Set((await runtimeAnswers()).map(([each]) => each));
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
      const [sizes, types, members] = await Promise.all(
        ['sizes', 'types', 'members'].map(questions),
      );
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
      const measured = sizes!.map(
        (type) =>
          `_Static_assert(sizeof(${type}) == ${site.get(`ac_cv_sizeof_${variable(type)}`)}, "");` +
          `struct s { char c; ${type} x; };` +
          `_Static_assert(__builtin_offsetof(struct s, x) == ${site.get(`ac_cv_alignof_${variable(type)}`)}, "");`,
      );
      expect(await wrong(measured, (each) => accepts(`${headers}${each}\n`, '-c'))).toEqual([]);
      expect(site.get('ac_cv_sizeof_void_p')).toBe(String(bits / 8));
      const present = types!.filter((type) => site.has(`ac_cv_type_${variable(type)}`));
      expect(present.length).toBeGreaterThan(50);
      expect(
        await wrong(present, (type) => accepts(`${headers}int x = sizeof(${type});\n`, '-c')),
      ).toEqual([]);
      const withMember = members!.filter((each) => site.has(`ac_cv_member_${variable(each)}`));
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
      const include = join(toolchain.prefix, triple, 'sysroot/usr/include');
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
        const source = resolve(import.meta.dirname, 'answers.c');
        await toolchain.succeed(triple, work, `${triple}-gcc`, ['-O2', source, '-o', 'answers']);
        const said = (await consoleOf(join(work, 'answers'))).filter((line) =>
          line.startsWith('ac_cv'),
        );
        const promised = await runtimeAnswers();
        expect(promised.length).toBeGreaterThan(10);
        expect(said.sort()).toEqual(promised.map(([each, value]) => `${each}=${value}`).sort());
        for (const [each, value] of promised) expect(site.get(each)).toBe(value);
      },
    );

    test.skipIf(lacks('cmake'))('CMake finds out the same by itself', async () => {
      const tree = join(work, 'cmake');
      await mkdir(tree);
      await writeFile(
        join(tree, 'CMakeLists.txt'),
        [
          'cmake_minimum_required(VERSION 3.13)',
          'project(p C)',
          'find_package(Threads REQUIRED)',
          'include(CheckIncludeFile)',
          'check_include_file(pthread.h CMAKE_HAVE_PTHREAD_H)',
          'include(CheckTypeSize)',
          'check_type_size("void *" SIZE)',
          'include(TestBigEndian)',
          'test_big_endian(BIG)',
          'message(STATUS "facts: ${SIZE} ${BIG} ${CMAKE_SIZEOF_VOID_P} ${CMAKE_THREAD_LIBS_INIT}.")',
        ].join('\n'),
      );
      const files = toolchain.files(triple);
      const configure = (out: string, ...words: string[]) =>
        toolchain.succeed(triple, tree, 'cmake', [
          ...['-S.', `-B${out}`, `-DCMAKE_TOOLCHAIN_FILE=${join(files, 'toolchain.cmake')}`],
          ...words,
        ]);
      const asking = await configure('asking');
      const told = await configure('told', '-C', join(files, 'cmake-answers.cmake'));
      const facts = `facts: ${bits / 8} 0 ${bits / 8} .`;
      expect(asking).toContain(facts);
      expect(told).toContain(facts);
      // What is answered is not asked.
      for (const question of ['C compiler ABI info', 'CMAKE_HAVE_LIBC_PTHREAD', 'Looking for ']) {
        expect(asking).toContain(question);
        expect(told).not.toContain(question);
      }
      const found = async (out: string) => {
        const [path] = (
          await execa('find', [out, '-name', 'CMakeCCompiler.cmake'], { cwd: tree })
        ).stdout.split('\n');
        return readFile(join(tree, path!), 'utf8');
      };
      const compiler = await found('asking');
      expect(await found('told')).toBe(compiler);
      const cache = await readFile(join(tree, 'asking/CMakeCache.txt'), 'utf8');
      const answers = [
        ...(await readFile(join(files, 'cmake-answers.cmake'), 'utf8')).matchAll(
          /^set\((\w+) "(.*)" CACHE INTERNAL ".*"\)$/gm,
        ),
      ];
      expect(answers.length).toBeGreaterThan(8);
      for (const [, each, value] of answers) {
        const found =
          [value, `"${value}"`].some((text) => compiler.includes(`set(${each} ${text})\n`)) ||
          cache.includes(`${each}:INTERNAL=${value}\n`);
        expect(found, `${each} is ${value}`).toBe(true);
      }
    });
  });
});
