/** The wrappers around the real compiler, over an empty sysroot or one with a single header. */
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { loadToolchain, toolchainOf } from '../../../src/toolchain/load-toolchains.js';
import { sysrootDir } from '../../../src/toolchain/prefix-layout.js';
import type { BuiltDescription } from '../../../src/toolchain/toolchain-description.js';
import { lacks } from '../../support/lacks.js';

const nub = loadToolchain(join(packageRoot, 'toolchains/nub/toolchain.yaml'));

describe
  .skipIf(lacks('gcc', 'binutils', 'lib32gcc-12-dev'))
  .each(nub.buildable.map((architecture) => ({ name: architecture.name, architecture })))(
  '$name',
  ({ architecture }) => {
    let folder: string;
    let prefix: string;
    const { triple } = architecture;

    /** Runs a tool of the prefix in a folder of its own, with no more environment than given. */
    const run = async (
      tool: string,
      words: readonly string[],
      {
        environment = {},
        from = prefix,
      }: { environment?: Record<string, string>; from?: string } = {},
    ) => {
      const ran = await execa(join(from, 'bin', `${triple}-${tool}`), words, {
        cwd: folder,
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...environment },
        extendEnv: false,
        reject: false,
      });
      return { ok: !ran.failed, stdout: ran.stdout, stderr: ran.stderr };
    };
    const source = async (text: string) => {
      await writeFile(join(folder, 'x.c'), text);
      return 'x.c';
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'stubforge-prefix-'));
      prefix = join(folder, 'prefix');
      await nub.target(architecture.name).writePrefix(prefix, []);
      const include = join(sysrootDir(prefix, architecture), 'usr/include');
      await mkdir(include, { recursive: true });
      await writeFile(join(include, 'here.h'), '#define HERE 1\n');
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    test('questions about places are answered for the target', async () => {
      const ask = async (word: string) => (await run('gcc', [word])).stdout;
      const sysroot = sysrootDir(prefix, architecture);
      expect(await ask('-dumpmachine')).toBe(triple);
      expect(await ask('-print-sysroot')).toBe(sysroot);
      expect(await ask('-print-multiarch')).toBe('');
      expect(await ask('--print-multi-os-directory')).toBe('.');
      expect(await ask('-print-search-dirs')).toMatch(`libraries: =${sysroot}/usr/lib`);
      expect((await ask('-print-search-dirs')).match(/^libraries:.*$/m)![0]).not.toContain(':/');
      expect(await ask('-print-file-name=libpthread.a')).toBe('libpthread.a');
      expect(await ask('-print-prog-name=ld')).toBe(join(prefix, 'bin', `${triple}-ld`));
      const libgcc = await ask('-print-libgcc-file-name');
      expect(libgcc).toBe(join(prefix, 'lib/gcc', triple, 'libgcc.a'));
      const { stdout } = await run('objdump', ['-f', libgcc]);
      expect(stdout).toContain(architecture.bits === 64 ? 'elf64-x86-64' : 'elf32-i386');
      expect(await ask('-print-file-name=libgcc.a')).toBe(libgcc);
    });

    test('the sysroot’s and the compiler’s own headers are seen, the build machine’s never', async () => {
      const compiles = async (text: string, words: string[] = [], environment = {}) =>
        (await run('gcc', ['-fsyntax-only', ...words, await source(text)], { environment })).ok;
      expect(await compiles('#include <here.h>\n#include <stdarg.h>\n')).toBe(true);
      // The machine that runs this has a libc of its own, whose header this is.
      expect(await compiles('#include <stdio.h>\n')).toBe(false);
      expect(await compiles('#include <stdio.h>\n', [], { CPATH: '/usr/include' })).toBe(false);
      expect(await compiles('#include <here.h>\n', ['-nostdinc'])).toBe(false);
      expect(await compiles('#include <here.h>\n', ['--sysroot=/nowhere'])).toBe(false);
      expect(await compiles('#include <here.h>\n', [], { STUBFORGE_SYSROOT: '/nowhere' })).toBe(
        false,
      );
    });

    test('a caller’s folder comes before the sysroot', async () => {
      await mkdir(join(folder, 'own'), { recursive: true });
      await writeFile(join(folder, 'own/here.h'), '#define HERE 2\n');
      const file = await source('#include <here.h>\nHERE\n');
      for (const option of ['-Iown', '-isystemown']) {
        const { stdout } = await run('gcc', ['-E', '-P', option, file]);
        expect(stdout.trim()).toBe('2');
      }
    });

    test('the target is told by macros, and the distro’s defaults are off', async () => {
      const { stdout } = await run('gcc', ['-E', '-dM', '-xc', '/dev/null']);
      expect(stdout).toMatch(/^#define __stubdom__ 1$/m);
      expect(stdout).toMatch(/^#define __nub__ 1$/m);
      expect(stdout).toMatch(/^#define __linux__ 1$/m);
      expect(stdout).toMatch(`#define __SIZEOF_POINTER__ ${architecture.bits / 8}\n`);
      expect(stdout).not.toMatch(/__(PIE|CET|SSP_STRONG|SSP_ALL)__/);
    });

    test('shared libraries and position-independent programs fail at the link, and say why', async () => {
      const file = await source('int x;\n');
      for (const option of ['-shared', '-pie', '-static-pie']) {
        expect((await run('gcc', [option, '-fPIC', '-c', file, '-o', 'x.o'])).ok).toBe(true);
        const { ok, stderr } = await run('gcc', [option, '-nostdlib', 'x.o', '-o', 'x']);
        expect(ok).toBe(false);
        expect(stderr).toContain(`on ${architecture.name}`);
      }
      expect((await run('ld', ['-shared', 'x.o', '-o', 'x'])).stderr).toContain(
        `there are no shared libraries on ${architecture.name}`,
      );
    });

    test('what needs no libc links without one, and no library of the build machine is found', async () => {
      const file = await source(
        'unsigned long long d(unsigned long long a, unsigned long long b) { return a / b; }\n' +
          'void _start(void) { d(1, 2); }\n',
      );
      const links = async (...words: string[]) =>
        (await run('gcc', ['-nostdlib', file, ...words, '-o', 'x'])).ok;
      expect(await links('-lgcc')).toBe(true);
      // A 32-bit processor divides 64 bits by a function of libgcc.
      expect(await links()).toBe(architecture.bits === 64);
      expect(await links('-lgcc', '-lc')).toBe(false);
      expect(await links('-lgcc', '-lgomp')).toBe(false);
      expect(await links('-r')).toBe(true);
      expect(await links('-Wl,-r')).toBe(true);
      const { stdout } = await run('readelf', ['-h', 'x']);
      expect(stdout).toContain(architecture.bits === 64 ? 'ELF64' : 'ELF32');
    });

    test('a program links with the toolchain’s linker script unless it brings its own', async () => {
      const file = await source('int main(void) { return 0; }\n');
      await writeFile(join(folder, 'own.lds'), 'SECTIONS { . = 0x500000; .text : { *(.text) } }\n');
      const commandLine = async (...words: string[]) =>
        (await run('gcc', ['-###', file, ...words])).stderr;
      const ours = `-T ${join(sysrootDir(prefix, architecture), 'usr/lib/nub.lds')}`;
      expect(await commandLine()).toContain(ours);
      for (const words of [
        ['-T', 'own.lds'],
        ['-Town.lds'],
        ['-Wl,-T,own.lds'],
        ['-Wl,-z,now,-Town.lds'],
        ['-Wl,--script=own.lds'],
        ['-Xlinker', '-T', '-Xlinker', 'own.lds'],
        ['-nostdlib'],
        ['-r'],
      ]) {
        expect(await commandLine(...words)).not.toContain('nub.lds');
      }
      const order = ['crt1.o', 'crti.o', '--start-group', '-lc', 'nub.o', '-lgcc', '-lgcc_eh'];
      const link = await commandLine();
      const places = [...order, '--end-group', 'crtn.o'].map((word) => link.lastIndexOf(word));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places).not.toContain(-1);
    });

    test('outputs name the mapped folder, and the first pair that matches counts', async () => {
      const file = await source('const char *place = __FILE__;\n');
      const text = async (map?: string) => {
        const environment = map === undefined ? {} : { STUBFORGE_PREFIX_MAP: map };
        await run('gcc', ['-g', '-c', join(folder, file), '-o', 'map.o'], {
          environment: environment as Record<string, string>,
        });
        return readFile(join(folder, 'map.o'), 'latin1');
      };
      expect(await text()).toContain(folder);
      const mapped = await text(`${folder}=/build/unit:${tmpdir()}=/wrong`);
      expect(mapped).not.toContain(folder);
      expect(mapped).not.toContain('/wrong');
      expect(mapped).toContain('/build/unit/x.c');
      expect(await text(`/nothing=/x\n${folder}=/lines`)).toContain('/lines/x.c');
    });

    test('the prefix works where it was moved to, through links, and from a relative path', async () => {
      const moved = join(folder, 'with a space', 'moved');
      await mkdir(join(folder, 'with a space'), { recursive: true });
      await cp(prefix, moved, { recursive: true, verbatimSymlinks: true });
      const sysroot = sysrootDir(moved, architecture);
      const gcc = `${triple}-gcc`;
      await symlink(join(moved, 'bin', gcc), join(folder, 'link-to-gcc'));
      const ask = async (command: string, cwd: string, path = '/usr/bin:/bin') =>
        (await execa(command, ['-print-sysroot'], { cwd, env: { PATH: path }, extendEnv: false }))
          .stdout;
      expect(await ask(join(folder, 'link-to-gcc'), '/')).toBe(sysroot);
      expect(await ask(`./${gcc}`, join(moved, 'bin'))).toBe(sysroot);
      expect(await ask(`bin/${gcc}`, moved)).toBe(sysroot);
      expect(await ask(gcc, '/', `${moved}/bin:/usr/bin:/bin`)).toBe(sysroot);
      const file = await source('#include <here.h>\nint x = HERE;\n');
      expect((await run('gcc', ['-c', file, '-o', 'm.o'], { from: moved })).ok).toBe(true);
      await rename(join(moved, triple), join(moved, 'elsewhere'));
      expect((await run('gcc', ['-c', file, '-o', 'm.o'], { from: moved })).ok).toBe(false);
    });

    test('pkg-config knows the sysroot only, and leaves out what the compiler searches anyway', async () => {
      const modules = join(sysrootDir(prefix, architecture), 'usr/lib/pkgconfig');
      await mkdir(modules, { recursive: true });
      const pc = (name: string, more: string) =>
        `prefix=/usr\nName: ${name}\nDescription: x\nVersion: 1\n${more}\n`;
      await writeFile(
        join(modules, 'one.pc'),
        pc('one', 'Libs: -L${prefix}/lib -lone\nLibs.private: -ltwo\nCflags: -I${prefix}/include'),
      );
      await writeFile(join(modules, 'own.pc'), pc('own', 'Cflags: -I${prefix}/include/own'));
      const ask = async (...words: string[]) =>
        (
          await run('pkg-config', words, { environment: { PKG_CONFIG_PATH: folder } })
        ).stdout.trim();
      expect((await ask('--list-package-names')).split('\n').sort()).toEqual(['one', 'own']);
      expect(await ask('--cflags', '--libs', 'one')).toBe('-lone -ltwo');
      expect(await ask('--cflags', 'own')).toBe(
        `-I${sysrootDir(prefix, architecture)}/usr/include/own`,
      );
    });

    test('C++ is refused in words', async () => {
      const { ok, stderr } = await run('g++', ['x.cc']);
      expect(ok).toBe(false);
      expect(stderr).toBe(`${triple}-g++: error: the toolchain nub has no C++ yet`);
    });
  },
);

describe.skipIf(lacks('gcc', 'binutils', 'lib32gcc-12-dev'))('identity', () => {
  const description = nub.description as BuiltDescription;
  /** What identifies nub, or one that differs from it, on an architecture. */
  const identity = (differs: Partial<BuiltDescription> = {}, architecture = 'stubdom-amd64') =>
    toolchainOf({ ...description, ...differs })
      .target(architecture)
      .identity();

  test('is the same twice, and another for another architecture, flag or template', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stubforge-identity-'));
    try {
      const filesDir = join(folder, 'files');
      await cp(description.filesDirs[0]!, filesDir, { recursive: true });
      const first = await identity();
      // Where the description lies does not matter.
      expect(await identity({ filesDirs: [filesDir], file: '/elsewhere' })).toEqual(first);
      expect(await identity({}, 'stubdom-i386')).not.toEqual(first);
      const flagged = description.architectures.map((each) => ({
        ...each,
        compilerFlags: [...each.compilerFlags, '-O3'],
      }));
      expect(await identity({ architectures: flagged })).not.toEqual(first);
      const specs = join(filesDir, 'gcc.specs');
      await writeFile(specs, `${await readFile(specs, 'utf8')}\n`);
      expect(await identity({ filesDirs: [filesDir] })).not.toEqual(first);
      expect(await readdir(folder)).toEqual(['files']);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('a compiler that is not installed is named with its package', async () => {
    await expect(identity({ compilerPrefix: 'powerpc64-none-elf-' })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(
        'needs the command powerpc64-none-elf-gcc, which is not installed',
      ),
    });
  });
});
