/** Real builds that fail for what a recipe says wrong, and what it is told to write. */
import { expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { type BuildValue, cannot } from '../../support/bad-recipe.js';
import { stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const project = (build: string, files: Record<string, string>) => ({
  'recipes/wrong.yaml': `name: wrong\nkind: program\nsummary: a test\nsource: { local: wrong }\nbuild: ${build}\n`,
  ...Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`recipes/wrong/${path}`, text]),
  ),
});

test.skipIf(cannot).each([
  [
    'autotools',
    { 'configure.ac': 'AC_INIT\n' },
    'failure.no-configure',
    'has no configure script, but it has configure.ac',
    '[autoconf, automake, libtool, make]',
  ],
  [
    'configure',
    { 'meson.build': "project('x')\n" },
    'failure.no-configure',
    'has no configure script, but it has meson.build',
    'build: meson',
  ],
  [
    'meson',
    { Makefile: 'all:\n' },
    'failure.no-build-file',
    'has no meson.build, but it has Makefile',
    'build: make',
  ],
  [
    'make',
    { Makefile: 'all:\n\tg++ --version\n' },
    'failure.missing-build-compiler',
    'compiles C++ for the build machine',
    '[g++, libc6-dev]',
  ],
])('%s: the cause and the line to write are named', async (build, files, id, cause, help) => {
  const cwd = await temporaryTree(project(build, files));
  const ran = await stubforgeJson<BuildValue>(['build', 'wrong', '--force'], { cwd });
  const failed = ran.events.find((event) => event.type === 'unit-failed');
  const [diagnostic] = (failed as Extract<Event, { type: 'unit-failed' }>).diagnostics;
  expect(diagnostic!.id).toBe(id);
  expect(diagnostic!.details?.at(-1)).toContain(cause);
  expect(diagnostic!.help).toContain(help);
});
