/** The same sources in another folder, at another time, give the same bytes. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../support/lacks.js';
import { everything } from '../support/recipes.js';
import { stubforge, stubforgeJson, testState } from '../support/stubforge.js';
import { temporaryTree } from '../support/temporary.js';

interface BuildValue {
  outputs: Record<string, { output: string }>;
}

/** The folder of an output is named by the hash of its content. */
const contents = (value: BuildValue) =>
  Object.fromEntries(
    Object.entries(value.outputs).map(([unit, { output }]) => [unit, output.split('/').at(-1)]),
  );

describe.skipIf(lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'make', 'meson', 'cmake'))(
  'two builds in two folders',
  () => {
    test('give identical outputs, and need no network the second time', async () => {
      const here = await stubforgeJson<BuildValue>(['build', ...everything, '--arch', 'all']);
      expect(here.exitCode, here.stderr).toBe(0);
      const other = join(await temporaryTree(), 'a-rather-longer/folder');
      await mkdir(other, { recursive: true });
      await cp(join(testState, 'sources'), join(other, 'sources'), { recursive: true });
      const there = await stubforgeJson<BuildValue>(
        ['build', ...everything, '--arch', 'all', '--offline', '-j3'],
        {
          state: other,
        },
      );
      expect(there.exitCode, there.stderr).toBe(0);
      expect(contents(there.value)).toEqual(contents(here.value));
      expect(
        (await stubforge(['plan', ...everything, '--arch', 'all'], { state: other })).stdout,
      ).toMatch(/^0 to build/m);
    });
  },
);
