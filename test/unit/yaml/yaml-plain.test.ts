import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { nestsTooDeeply } from '../../../src/yaml/yaml-depth.js';
import { plainYaml } from '../../../src/yaml/yaml-plain.js';

const root = join(import.meta.dirname, '../../..');

/** What the yaml package makes of a text; undefined when it finds anything to say about it. */
function careful(text: string): unknown {
  try {
    const document = parseDocument(text, { prettyErrors: false });
    if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
    return document.toJS() ?? undefined;
  } catch {
    return undefined;
  }
}

/** The numbers from 0 up to 1 of a linear congruential generator: the same ones in each run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    yield state / 0x80000000;
  }
}

const strange = [...'-:#?,[]{}"\'|>~ \n\t`@!%&*0123abxy_.\\=<\u00e9\u0085\u2028\ufeff'];

describe('the quick way to a value', () => {
  const files = execFileSync('git', ['ls-files', '*.yaml'], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((file) => readFileSync(join(root, file), 'utf8').slice(0, 2000));

  test('most files of the project take it, and get what the careful way gives', () => {
    const quick = files.filter((text) => plainYaml(text) !== undefined);
    for (const text of quick) expect(plainYaml(text)).toEqual(careful(text));
    expect(quick.length).toBeGreaterThan(files.length / 2);
  });

  test('files with slips in them get the same value or none', () => {
    const random = numbers(7);
    const below = (end: number) => Math.floor(random.next().value * end);
    let same = 0;
    for (let round = 0; round < 3000; round++) {
      let text = files[round % files.length]!;
      for (let slips = 1 + below(3); slips > 0; slips--) {
        const at = below(text.length);
        const word = below(2) ? strange[below(strange.length)]! : '';
        text = text.slice(0, at) + word + text.slice(at + below(2));
      }
      const value = plainYaml(text);
      if (value === undefined) continue;
      expect(value, text).toEqual(careful(text));
      same++;
    }
    expect(same).toBeGreaterThan(1000);
  });

  test.each([
    '',
    '# nothing',
    'a: &b c',
    'a: *b',
    '!!str a',
    '%YAML 1.1\n---\na',
    'a: 1\na: 2',
    'a: - b',
  ])('%j is left to the careful way', (text) => {
    expect(plainYaml(text)).toBeUndefined();
  });
});

test.each([
  ['a: ['.repeat(20), false],
  ['[]'.repeat(100_000), false],
  ['['.repeat(100_000), true],
  ['{ a: '.repeat(1000), true],
  ['- '.repeat(100_000), true],
])('nests too deeply: %.20j is %s', (text, expected) => {
  expect(nestsTooDeeply(text)).toBe(expected);
});
