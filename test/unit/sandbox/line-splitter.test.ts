import { expect, test } from 'vitest';
import { LineSplitter } from '../../../src/sandbox/line-splitter.js';

function split(...pieces: string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of pieces) splitter.push(piece);
  splitter.end();
  return lines;
}

test.each([
  ['LF', ['a\nb\n'], ['a', 'b']],
  ['CR LF', ['a\r\nb\r\n'], ['a', 'b']],
  ['CR LF in two pieces', ['a\r', '\nb'], ['a', 'b']],
  ['a lone CR', ['10%\r20%\n'], ['10%', '20%']],
  ['a line in pieces', ['a', 'b', 'c\nd'], ['abc', 'd']],
  ['empty lines', ['a\n\n\nb\n'], ['a', '', '', 'b']],
  ['no end', ['a'], ['a']],
  ['nothing', [''], []],
])('%s', (_what, pieces, lines) => {
  expect(split(...pieces)).toEqual(lines);
});

test('a line without end is cut, and never held in whole', () => {
  const lines = split(...Array.from({ length: 64 }, () => 'x'.repeat(16_384)), '\nend\n');
  expect(lines.at(-1)).toBe('end');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(65_536);
  expect(lines.slice(0, -1).join('').length).toBe(64 * 16_384);
});
