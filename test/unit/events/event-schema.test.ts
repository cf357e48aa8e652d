import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { jsonSchema } from '../../../src/app/json-schema.js';
import type { Event } from '../../../src/events/event.js';

interface Node {
  description?: string;
  properties?: Record<string, Node & { const?: string }>;
}
const schema = (await jsonSchema('events', { recipeDirs: [], toolchainDirs: [] })) as {
  oneOf: Node[];
};
const validate = new Ajv2020({ allErrors: true }).compile(schema);

test('each event has a type of its own and a description', () => {
  const types = schema.oneOf.map((each) => each.properties?.type?.const);
  expect(new Set(types).size).toBe(types.length);
  expect(types).toContain('error');
  for (const each of schema.oneOf) expect(each.description).toBeTruthy();
});

const failed = { type: 'unit-failed', unit: 'a:b', phase: 'make', seconds: 1, log: '/log' };

test.each<[boolean, unknown]>([
  [true, { type: 'note', message: 'x' } satisfies Event],
  [true, { type: 'result', command: 'lint', value: null } satisfies Event],
  [
    true,
    {
      ...failed,
      diagnostics: [
        { id: 'test.x', message: 'x' },
        { id: 'test.y', message: 'y', details: ['z'] },
      ],
    },
  ],
  [true, { type: 'error', exitCode: 2, diagnostics: [{ id: 'disk.full', message: 'x' }] }],
  [false, { ...failed, diagnostics: [] }],
  [false, { ...failed, diagnostic: { id: 'test.x', message: 'x' } }],
  [false, { type: 'error', exitCode: 0, diagnostics: [{ id: 'test.x', message: 'x' }] }],
  [false, { type: 'error', exitCode: 1, diagnostics: [{ id: 'Disk full', message: 'x' }] }],
  [false, { type: 'note', message: 'x', more: 1 }],
  [false, { type: 'note' }],
  [false, { type: 'other', message: 'x' }],
  [false, {}],
  [false, null],
])('the schema says %s to %j', (accepted, value) => {
  expect(validate(value), JSON.stringify(validate.errors)).toBe(accepted);
});
