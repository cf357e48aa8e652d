/** What a recipe is told to write, by what the source of its unit has. */
import { expect, test } from 'vitest';
import type { BuildPaths } from '../../../../src/engine/environment/build-paths.js';
import { sandboxPaths } from '../../../../src/engine/environment/build-paths.js';
import { buildFileAdvice } from '../../../../src/engine/failure/build-file-advice.js';
import { commandAdvice, compilerAdvice } from '../../../../src/engine/failure/command-advice.js';
import { workspaceIn } from '../../../../src/engine/unit/workspace.js';
import { temporaryTree } from '../../../support/temporary.js';
import { unit } from '../../../support/units.js';

/** The advice on a command that a build with these files in its source lacks. */
async function onCommand(command: string, files: Record<string, string>, recipe = {}) {
  const root = await temporaryTree({ ...files, 'source/.keep': '' });
  const paths: BuildPaths = sandboxPaths('pkg');
  return commandAdvice(unit(recipe), command, workspaceIn(root, ''), paths);
}

test('without a configure script it is said what makes one, and what else would do', async () => {
  const files = { 'source/configure.ac': '', 'source/autogen.sh': '', 'source/CMakeLists.txt': '' };
  expect(await onCommand('/build/pkg/source/configure', files)).toEqual({
    id: 'failure.no-configure',
    cause:
      'the source of pkg has no configure script, but it has CMakeLists.txt, configure.ac and autogen.sh',
    help: 'write `build: cmake` in its recipe; or let a phase run autoreconf -i (or its autogen.sh) before configure, in a build system of its own or by `build: script`, with `build-tools: [autoconf, automake, libtool, make]`',
    field: 'build',
  });
});

test.each([
  ['meson.build', 'write `build: meson` in its recipe'],
  ['Makefile', 'write `build: make` in its recipe'],
  ['unix/configure', 'write `folder: unix` in its recipe'],
])('a source with %s instead: %s', async (file, help) => {
  expect(await onCommand('./configure', { [`source/${file}`]: '' })).toMatchObject({
    id: 'failure.no-configure',
    cause: `the source of pkg has no configure script, but it has ${file}`,
    help,
  });
});

test('a source with nothing to start from gets a look inside', async () => {
  const advice = await onCommand('./configure', {});
  expect(advice!.cause).toBe('the source of pkg has no configure script');
  expect(advice!.help).toContain('stubforge shell pkg:stubdom-amd64');
});

test('what another build system misses is looked for where its recipe says', async () => {
  const root = await temporaryTree({ 'source/sub/configure': '' });
  const inSub = unit({ build: 'meson', inputs: { folder: ['sub'] } });
  expect(buildFileAdvice(inSub, 'meson.build', workspaceIn(root, ''))).toMatchObject({
    id: 'failure.no-build-file',
    cause: 'the source of pkg has no meson.build in sub, but it has configure',
    help: 'write `build: autotools` in its recipe',
  });
});

test.each([
  ['cc', 'C', '[gcc, libc6-dev]'],
  ['gcc-12', 'C', '[gcc, libc6-dev]'],
  ['g++', 'C++', '[g++, libc6-dev]'],
  ['/usr/bin/c++', 'C++', '[g++, libc6-dev]'],
])('%s is a compiler for the build machine', async (command, language, line) => {
  expect(await onCommand(command, {})).toEqual({
    id: 'failure.missing-build-compiler',
    cause: `pkg:stubdom-amd64 compiles ${language} for the build machine, and declares no compiler for it`,
    help: `write in its recipe: \`build-tools: ${line}\``,
    field: 'build-tools',
  });
});

test.each([
  ['CXX', 'C++'],
  ['C++', 'C++'],
  ['C', 'C'],
  ['compiler', 'C'],
])('a compiler that is named as %s compiles %s', (name, language) => {
  expect(compilerAdvice(unit(), name)!.cause).toContain(`compiles ${language} for`);
});

test('a compiler that is declared already is not told to be declared', async () => {
  expect(await onCommand('gcc', {}, { buildTools: ['gcc'] })).toBeUndefined();
});

test('what the toolchain itself lacks is not looked for on the build machine', async () => {
  expect(await onCommand('x86_64-xen-stubdom-windres', {})).toMatchObject({
    id: 'failure.missing-toolchain-command',
    cause: 'the toolchain nub has no x86_64-xen-stubdom-windres that works',
  });
});

test('a script is missed for its interpreter where it is there, and for itself where it is not', async () => {
  const script = { 'source/run': '#!/usr/bin/env awkward\n' };
  const interpreted = await onCommand('/build/pkg/source/run', script);
  expect(interpreted!.cause).toContain('uses the command awkward');
  const missing = await onCommand('./run', {});
  expect(missing!.cause).toBe('pkg:stubdom-amd64 runs ./run, which is not there');
});
