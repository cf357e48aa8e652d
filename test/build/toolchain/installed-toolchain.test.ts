/**
 * The installed toolchain, used by hand in trees that stubforge never saw: what it tells configure,
 * meson and CMake, and that what it links boots. That its answers are true is answers.test.ts.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProject, packageRoot } from '../../../src/project/project.js';
import { lockSources } from '../../../src/source/lock-sources.js';
import type { SourceSpec } from '../../../src/source/source-spec.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { loadToolchain } from '../../../src/toolchain/load-toolchains.js';
import { consoleOf, InstalledToolchain } from '../../support/installed-toolchain.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { stubforge, testState } from '../../support/stubforge.js';

const { architectures } = loadToolchain(
  join(packageRoot, 'toolchains/nub/toolchain.yaml'),
).description;
const compiler = ['gcc', 'binutils', 'lib32gcc-12-dev', 'make'];

let folder: string;
let prefix: string;
let toolchain: InstalledToolchain;

describe.skipIf(lacks(...compiler))('an installed toolchain', () => {
  beforeAll(async () => {
    toolchain = await InstalledToolchain.install();
    ({ folder, prefix } = toolchain);
    expect(toolchain.said).toContain(`export PATH=${prefix}/bin:"$PATH"`);
  });
  afterAll(() => toolchain.remove());

  const succeed: InstalledToolchain['succeed'] = (...call) => toolchain.succeed(...call);

  test('a folder that is something else is left alone, an older prefix is replaced', async () => {
    const precious = join(folder, 'precious');
    await mkdir(precious);
    await writeFile(join(precious, 'thesis.tex'), 'x');
    const refused = await stubforge(['toolchain', 'install', precious]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(
      'is not empty, and not a toolchain that stubforge has installed',
    );
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
    const script = [
      stdout,
      '$CC -dumpmachine; $PKG_CONFIG --variable=prefix x || true',
      'host_alias=$($CC -dumpmachine); . "$CONFIG_SITE"; echo "$ac_cv_sizeof_long"',
    ];
    const { stdout: said } = await execa('sh', ['-euc', script.join('\n')], { cwd: folder });
    expect(said.split('\n')).toEqual(['i686-xen-stubdom', '4']);
  });

  describe.each(architectures)('$name', (architecture) => {
    const { name, triple, bits } = architecture;
    let work: string;
    beforeAll(async () => {
      work = join(folder, name);
      await mkdir(work);
    });

    test.skipIf(lacks(theNetwork))('configure --host builds a distro package by hand', async () => {
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
      expect(await consoleOf(join(tree, 'examples/simple'))).toContain(
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
      if (!lacks('qemu-system-x86')) expect(await consoleOf(file)).toContain('built by hand');
    };

    test.skipIf(lacks('meson'))(
      'a meson project finds the target and nothing of the host',
      async () => {
        const tree = join(work, 'meson-project');
        await writeProject(tree);
        const files = ['meson-cross.ini', 'meson-answers.ini'].flatMap((file) => [
          '--cross-file',
          join(toolchain.files(triple), file),
        ]);
        await succeed(triple, tree, 'meson', ['setup', 'out', ...files]);
        await succeed(triple, tree, 'ninja', ['-C', 'out']);
        await isImage(join(tree, 'out/program'));
      },
    );

    test.skipIf(lacks('cmake'))(
      'a CMake project finds the target and nothing of the host',
      async () => {
        const tree = join(work, 'cmake-project');
        await writeProject(tree);
        const file = join(toolchain.files(triple), 'toolchain.cmake');
        const words = ['-S.', '-Bout', `-DCMAKE_TOOLCHAIN_FILE=${file}`, `-DWANTED=${bits}`];
        await succeed(triple, tree, 'cmake', words);
        await succeed(triple, tree, 'cmake', ['--build', 'out']);
        await isImage(join(tree, 'out/program'));
      },
    );
  });
});
