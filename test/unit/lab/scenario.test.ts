import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  builtinScenario,
  builtinScenarios,
  readScenario,
} from '../../../src/lab/scenario/read-scenario.js';
import { UserError } from '../../../src/util/diagnostic.js';
import { temporaryTree } from '../../support/temporary.js';

/** What is wrong with a scenario: ids, lines and messages. */
async function faults(text: string): Promise<string[]> {
  const file = join(await temporaryTree(), 'scenario.yaml');
  await writeFile(file, text);
  try {
    readScenario(file);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics.map(({ id, span, message, help }) =>
      [id, span?.line, message, help].filter((part) => part !== undefined).join(' | '),
    );
  }
}

const head = 'summary: x\ndomains:\n  guest: { type: pv, kernel: hello }\n';

test('scenarios that come with stubforge are right, and a guest of each type is among them', () => {
  const types = builtinScenarios().flatMap((name) =>
    Object.values(readScenario(builtinScenario(name)).domains).map(({ type }) => type),
  );
  expect(new Set(types)).toEqual(new Set(['pv', 'pvh', 'hvm']));
});

describe('what is wrong is said with its line', () => {
  test.each([
    [
      'a console that is none',
      `${head}steps:\n  - create: guest\n  - { expect: hi, on: gest }\n`,
      ["scenario.unknown-console | 6 | the scenario has no console 'gest' | did you mean 'guest'?"],
    ],
    [
      'a domain that is none',
      `${head}steps:\n  - create: other\n`,
      [/^scenario\.unknown-domain \| 5 \| the scenario has no domain 'other'/],
    ],
    [
      'the console of a stub domain that is not there',
      `${head}steps:\n  - { expect: hi, on: guest-dm }\n`,
      [/^scenario\.unknown-console \| 5/],
    ],
    [
      'a pattern that is none',
      `${head}steps:\n  - { expect: '(', on: guest }\n`,
      [/^scenario\.invalid-value \| 5 \| .*regular expression/],
    ],
    [
      'a guest without a kernel',
      'summary: x\ndomains:\n  guest: { type: pvh }\nsteps:\n  - create: guest\n',
      [/^scenario\.missing-kernel \| 3 \| the pvh guest guest has no kernel/],
    ],
    [
      'a stub domain without a use',
      'summary: x\ndomains:\n  a: { type: pv, kernel: b, stubdomain: { kernel: c } }\nsteps:\n  - create: a\n',
      [/^scenario\.unused-stubdomain \| 3/],
    ],
    [
      'a name that the lab needs itself',
      'summary: x\ndomains:\n  dom0: { type: pv, kernel: b }\nsteps:\n  - create: dom0\n',
      [/no domain can be called control, dom0/],
    ],
    [
      'an unknown field of a step',
      `${head}steps:\n  - { create: guest, wihin: 3 }\n`,
      [/^scenario\.unknown-field \| 5 \| unknown field 'wihin' \| did you mean 'within'\?/],
    ],
    ['no steps', `${head}steps: []\n`, [/expected at least one step/]],
  ] as [string, string, (string | RegExp)[]][])('%s', async (_name, text, expected) => {
    const found = await faults(text);
    expect(found, found.join('\n')).toHaveLength(expected.length);
    for (const [index, each] of expected.entries()) {
      if (typeof each === 'string') expect(found[index]).toBe(each);
      else expect(found[index]).toMatch(each);
    }
  });
});
