import { expect, test } from 'vitest';
import { alignColumns } from '../../../src/util/format.js';

test('columns are as wide as their longest cell, and lines end with their text', () => {
  const rows = [
    ['a', '1', 'x'],
    ['long', '', ''],
    ['b', '22'],
  ];
  expect(alignColumns(rows)).toEqual(['a     1   x', 'long', 'b     22']);
  expect(alignColumns([])).toEqual([]);
});
