/** What relies on a plan keeps `store gc` waiting from the plan to its last look at an output. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lacks } from '../../support/lacks.js';
import { stubforge } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';
import { watchCommand } from '../../support/watched-command.js';

const tool = (name: string, more: string) =>
  `name: ${name}\nkind: tool\nsummary: a test\nsource: { local: ${name} }\nbuild: script\n${more}` +
  `script: |\n  mkdir -p "$dest/usr/share"\n  cp "$source/text" "$dest/usr/share/${name}"\n`;

/** A tool, and one above it; a state folder of their own. */
async function smallProject() {
  const directory = await temporaryTree({
    'recipes/below.yaml': tool('below', ''),
    'recipes/below/text': 'below\n',
    'recipes/above.yaml': tool('above', 'needs: [below]\n'),
    'recipes/above/text': 'above\n',
  });
  return { directory, state: join(await temporaryTree(), 'state') };
}

describe.skipIf(lacks('gcc', 'binutils', 'make', 'bubblewrap'))('held from the plan on', () => {
  test('by build and shell, also where all is fresh', async () => {
    const project = await smallProject();
    for (const [name, words] of [
      ['build', ['above']],
      ['build', ['above']],
      ['shell', ['above:native', '-c', 'true']],
    ] as const) {
      const { exitCode, moments, heldAtEnd } = await watchCommand(name, words, project);
      expect(exitCode).toBe(0);
      expect(moments.map((each) => each.what)).toContain('plan');
      expect(moments.filter((each) => !each.held)).toEqual([]);
      expect(heldAtEnd).toBe(false);
    }
  });

  test('by plan, why and export, while they read it', async () => {
    const project = await smallProject();
    await watchCommand('build', ['above'], project);
    const script = join(await temporaryTree(), 'above.sh');
    for (const [name, words] of [
      ['plan', ['above']],
      ['why', ['above:native']],
      ['export', ['above', '--sh', '-o', script]],
    ] as const) {
      const { exitCode, moments, readings, heldAtEnd } = await watchCommand(name, words, project);
      expect(exitCode).toBe(0);
      // What they answer is read while the store is held, and printed afterwards.
      expect(readings).toContain(true);
      expect(readings).not.toContain(false);
      expect(moments.at(-1)!.what).toBe('result');
      expect(heldAtEnd).toBe(false);
    }
    expect(existsSync(script)).toBe(true);
  });
});

describe.skipIf(lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'bubblewrap'))(
  'with the toolchain in the store, held from the plan on',
  () => {
    beforeAll(async () => {
      const built = await stubforge(['toolchain', 'env']);
      expect(built.exitCode, built.stderr).toBe(0);
    });

    test.each(['env', 'install'])('by toolchain %s', async (name) => {
      const words = name === 'env' ? ['env'] : ['install', join(await temporaryTree(), 'prefix')];
      const { exitCode, moments, heldAtEnd } = await watchCommand('toolchain', words);
      expect(exitCode).toBe(0);
      expect(moments.map((each) => each.what)).toContain('plan');
      expect(moments.at(-1)!.what).toBe('result');
      // What it answers is read while the store is held, and printed afterwards.
      const reading = moments.slice(
        moments.findIndex((each) => each.what === 'plan'),
        moments.length - 1,
      );
      expect(reading.filter((each) => !each.held)).toEqual([]);
      expect(heldAtEnd).toBe(false);
    });
  },
);
