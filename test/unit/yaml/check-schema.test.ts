import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { diagnosticSchema } from '../../../src/util/diagnostic-schema.js';
import { SchemaCheck } from '../../../src/yaml/check-schema.js';
import { parseYaml } from '../../../src/yaml/yaml-file.js';

const part = z.strictObject({ provides: z.array(z.string()).optional() });
const check = new SchemaCheck(
  z.strictObject({
    name: z.string().regex(/^[a-z]+$/, 'expected lower-case letters'),
    kind: z.enum(['library', 'program']).optional(),
    source: z
      .union([
        z.strictObject({ url: z.string(), hash: z.string() }),
        z.strictObject({ git: z.string() }),
      ])
      .optional(),
    words: z.array(z.string()).optional(),
    values: z.record(z.string().regex(/^[A-Z]+$/, 'expected capitals'), z.string()).optional(),
    provides: z.array(z.string()).optional(),
    part: part.optional(),
  }),
  { area: 'recipe', renamedFields: { yields: 'provides' } },
);

const diagnosticsOf = (text: string) => check.check(parseYaml('a.yaml', text)).diagnostics;

describe('each kind of mistake has its id', () => {
  test.each([
    ['name: a\nneds: [b]', 'recipe.unknown-field'],
    ['kind: program', 'recipe.missing-field'],
    ['name: [a]', 'recipe.wrong-type'],
    ['name: A', 'recipe.invalid-value'],
    ['name: a\nkind: libary', 'recipe.invalid-value'],
    ['name: a\nvalues: { b: c }', 'recipe.invalid-name'],
    ['name: a\nsource: { git: a, hash: b }', 'recipe.conflicting-field'],
    ['name: a\nyields: [b]', 'recipe.renamed-field'],
    ['name: a\nname: a', 'yaml.repeated-field'],
  ])('%j: %s', (text, id) => {
    const diagnostics = diagnosticsOf(text);
    expect(diagnostics.map((each) => each.id)).toEqual([id]);
    expect(diagnosticSchema.safeParse(diagnostics[0]).error).toBeUndefined();
  });
});

describe('a field of an earlier version', () => {
  test('is told by its new name, at any depth', () => {
    expect(diagnosticsOf('name: a\npart: { yields: [b] }')).toMatchObject([
      {
        message: "the field 'yields' is called 'provides' now",
        help: "rename it to 'provides'",
        span: { line: 2, column: 9, field: 'part.yields' },
      },
    ]);
  });
  test('is an unknown field where the new one does not belong either', () => {
    expect(diagnosticsOf('name: a\nsource: { git: a, yields: [b] }')).toMatchObject([
      { id: 'recipe.unknown-field', message: "unknown field 'yields'" },
    ]);
  });
});
