import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/util/diagnostic.js';
import { nestsTooDeeply } from '../../../src/yaml/yaml-document.js';
import { parseYaml } from '../../../src/yaml/yaml-file.js';
import { numbers } from '../../support/wrong-files.js';

const root = join(import.meta.dirname, '../../..');

/** The messages and lines of all that is wrong with a text. */
function faults(text: string): string[] {
  try {
    return parseYaml('a.yaml', text).diagnostics.map(described);
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(described);
    throw error;
  }
}
const described = ({ message, span }: UserError['diagnostics'][number]) =>
  `${span?.line ?? '-'}: ${message}`;

describe('what a document may not hold', () => {
  test.each([
    ['a: "x\\u001b[31m"', '1: this text contains the character U+001B, which cannot be shown'],
    ['a: "x\\u0000"', '1: this text contains the character U+0000, which cannot be shown'],
    ['a: "x\\ud800y"', '1: this text contains the character U+D800, which cannot be shown'],
    ['a: x\u202ey', '1: this text contains the character U+202E, which cannot be shown'],
    ['"\\u0007": b', '1: this text contains the character U+0007, which cannot be shown'],
    ['b: c\n? [a]\n: b', '2: the name of a field has to be text'],
    ['{ a: 1 }: b', '1: the name of a field has to be text'],
    ['a: &x b\n*x : c', '2: the name of a field has to be text'],
    ['a: !!binary aGk=', '1: the tag !!binary has no meaning here'],
    ['a: !mine x', '1: the tag !mine has no meaning here'],
    ['a: b\nc: { __proto__: x }', "2: a field cannot be called '__proto__'"],
    ['a: 1\nb: 2\na: 3', "3: the field 'a' is given twice"],
    [`a: ${'x'.repeat(30_001)}`, '1: this text has 30001 characters; at most 30000 are allowed'],
  ])('%j', (text, expected) => {
    expect(faults(text)).toEqual([expected]);
  });

  test('what it may hold', () => {
    expect(
      faults('a: "tab\\t line\\n żółć 漢字 \u{1f600}"\nb: !!str 1\nc: &x [d]\ne: *x\n'),
    ).toEqual([]);
  });

  test('ten thousand fields are looked at in time', () => {
    const text = Array.from({ length: 10_000 }, (_each, index) => `field-${index}: x`).join('\n');
    expect(faults(`${text}\nfield-5: y`)).toEqual(["10001: the field 'field-5' is given twice"]);
  });
});

test('files with slips in them give a value or a diagnostic with a line, never an exception', () => {
  const strange = [...'-:#?,[]{}"\'|>~ \n\t`@!%&*0123abxy_.\\=<\u00e9\u0085\u2028\ufeff'];
  const written = [
    'expat',
    'glib2.0',
    'hello',
    'pcre2',
    'qemu-dm',
    'qemu-xen-stubdom',
    'xen-libs',
    'zlib',
  ];
  const files = written.map((name) =>
    readFileSync(join(root, `recipes/${name}.yaml`), 'utf8').slice(0, 1500),
  );
  const random = numbers(7);
  const below = (end: number) => Math.floor(random.next().value * end);
  let wrong = 0;
  for (let round = 0; round < 1200; round++) {
    let text = files[round % files.length]!;
    for (let slips = 1 + below(3); slips > 0; slips--) {
      const at = below(text.length);
      const word = below(2) ? strange[below(strange.length)]! : '';
      text = text.slice(0, at) + word + text.slice(at + below(2));
    }
    const found = faults(text);
    if (found.length === 0) continue;
    wrong++;
    for (const each of found) expect(each, text).toMatch(/^\d+: /);
  }
  expect(wrong).toBeGreaterThan(200);
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
