import { expect, test } from 'vitest';
import { exporterNamed, exporters } from '../../../src/export/all-exporters.js';
import { UserError } from '../../../src/util/diagnostic.js';

test('formats are found by name, and no two have the same', () => {
  for (const each of exporters) expect(exporterNamed(each.name)).toBe(each);
  expect(new Set(exporters.map((each) => each.name)).size).toBe(exporters.length);
});

test('an unknown format is refused with those that there are', () => {
  expect(() => exporterNamed('shh')).toThrow(UserError);
  try {
    exporterNamed('shh');
  } catch (error) {
    expect((error as UserError).diagnostics).toEqual([
      {
        id: 'cli.unknown-format',
        message: "there is no export format 'shh'",
        help: "did you mean 'sh'?",
      },
    ]);
    expect((error as UserError).exitCode).toBe(2);
  }
});
