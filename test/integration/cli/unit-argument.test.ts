/** A unit that is named on the command line is the one that is planned, or none. */
import { describe, expect, test } from 'vitest';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const script = 'source: { local: text }\nbuild: script\nscript: "true"\nsummary: a test\n';

const project = () =>
  temporaryTree({
    'recipes/tool.yaml': `name: tool\nkind: tool\n${script}`,
    'recipes/library.yaml': `name: library\nkind: library\n${script}`,
    'recipes/text/a': 'a\n',
  });

describe.skipIf(lacks('gcc', 'binutils', 'make'))('the unit of an argument', () => {
  test.each([
    ['tool', 'tool:native'],
    ['tool:native', 'tool:native'],
    ['library', 'library:stubdom-amd64'],
    ['library:stubdom-i386', 'library:stubdom-i386'],
  ])('%s is %s', async (word, unit) => {
    const cwd = await project();
    const { value, stderr } = await stubforgeJson<{ unit: string }[]>(['why', word], { cwd });
    expect(value[0]?.unit, stderr).toBe(unit);
  });

  test.each([
    ['library:native', "there is no unit 'library:native'"],
    ['library:all', "there is no unit 'library:all'"],
    ['library:stubdom-amd64@nub', "did you mean 'library:stubdom-amd64'?"],
    ['library:stubdom-arm64', "there is no architecture 'stubdom-arm64'"],
  ])('%s is refused', async (word, message) => {
    const cwd = await project();
    for (const command of ['why', 'shell']) {
      const ran = await stubforge([command, word], { cwd });
      expect(ran.exitCode, ran.stderr).toBe(2);
      expect(ran.stderr).toContain(message);
    }
  });
});
