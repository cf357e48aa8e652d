import { expect, test } from 'vitest';
import { renderDiagnostic } from '../../../src/util/diagnostic.js';

test('a diagnostic shows its span, the line with a caret below the word, and what to do', () => {
  const text = renderDiagnostic({
    id: 'recipe.unknown-field',
    message: "unknown field 'sourc'",
    span: {
      file: 'recipes/zlib.yaml',
      line: 12,
      column: 3,
      length: 5,
      field: 'sourc',
      lineText: '\t sourc: { debian: zlib }',
    },
    details: ['a detail'],
    help: "did you mean 'source'?",
  });
  expect(text).toBe(
    [
      "error: unknown field 'sourc'",
      '  --> recipes/zlib.yaml:12:3 (field sourc)',
      '   |',
      '12 | \t sourc: { debian: zlib }',
      '   | \t ^^^^^',
      '  a detail',
      "  help: did you mean 'source'?",
    ].join('\n'),
  );
});

test('without a span a diagnostic is one line', () => {
  expect(
    renderDiagnostic(
      { id: 'failure.disk-full', message: 'the disk is full' },
      { severity: 'warning' },
    ),
  ).toBe('warning: the disk is full');
});
