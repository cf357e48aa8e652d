/** The same sources in another folder, at another time, without a sandbox, give the same bytes. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../support/lacks.js';
import { everything } from '../support/recipes.js';
import { isExhaustive } from '../support/sample.js';
import { stubforge, stubforgeJson, testState } from '../support/stubforge.js';
import { temporaryTree } from '../support/temporary.js';

interface BuildValue {
  outputs: Record<string, { output: string }>;
}

/** One recipe of each build system, and one image, for one architecture; or all there is. */
const chosen = isExhaustive
  ? [...everything, '--arch', 'all']
  : ['zlib', 'pcre2', 'pixman', 'expat', 'hello', '--arch', 'stubdom-amd64'];

/** The folder of an output is named by the hash of its content. */
const contents = (value: BuildValue) =>
  Object.fromEntries(
    Object.entries(value.outputs).map(([unit, { output }]) => [unit, output.split('/').at(-1)]),
  );

describe.skipIf(
  lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'make', 'meson', 'cmake', 'bubblewrap'),
)('two builds in two folders', () => {
  test('give identical outputs, with and without a sandbox, and need no network the second time', async () => {
    const here = await stubforgeJson<BuildValue>(['build', ...chosen]);
    expect(here.exitCode, here.stderr).toBe(0);
    const other = join(await temporaryTree(), 'a-rather-longer/folder');
    await mkdir(other, { recursive: true });
    await cp(join(testState, 'sources'), join(other, 'sources'), { recursive: true });
    const there = await stubforgeJson<BuildValue>(['build', ...chosen, '--offline', '-j3'], {
      state: other,
      environment: { STUBFORGE_SANDBOX: 'none' },
    });
    expect(there.exitCode, there.stderr).toBe(0);
    expect(there.events).toContainEqual({
      type: 'note',
      message: expect.stringContaining('no sandbox: builds see the files, commands and network'),
    });
    expect(contents(there.value)).toEqual(contents(here.value));
    // What was built without a sandbox never passes for what was built in one.
    const zlib = async (kind: string) =>
      (await stubforge(['plan', 'zlib', '--sandbox', kind], { state: other })).stdout;
    expect(await zlib('none')).toMatch(/^fresh +zlib:stubdom-amd64/m);
    expect(await zlib('bubblewrap')).toMatch(/^build +zlib:stubdom-amd64/m);
    const shell = await stubforge(
      ['shell', 'zlib', '--offline', '--sandbox', 'none', '-c', 'pwd; command -v perl'],
      { state: other },
    );
    expect(shell.stdout).toContain(join(other, 'build/zlib_stubdom-amd64/source'));
    expect(shell.stdout).toContain('/usr/bin/perl');
    expect(
      (
        await stubforge(['plan', ...chosen, '--sandbox', 'none'], {
          state: other,
        })
      ).stdout,
    ).toMatch(/^0 to build/m);
  });
});
