import { expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { plainDiagnostic, plainLine } from '../../../src/ui/plain.js';

const diagnostics = [
  { id: 'source.missing', message: 'first', help: 'do this' },
  { id: 'disk.full', message: 'second' },
];
const failed: Event = {
  type: 'unit-failed',
  unit: 'a:stubdom-amd64',
  phase: 'fetch',
  seconds: 1.5,
  diagnostics,
  log: '/log',
};

test('a failure tells all that is known about it, and where its log is', () => {
  expect(plainDiagnostic(failed)).toBe(
    [
      'a:stubdom-amd64: failed in phase fetch after 1.5 s',
      'error: first',
      '  help: do this',
      'error: second',
      '  log: /log',
    ].join('\n'),
  );
  expect(plainDiagnostic({ type: 'step-failed', step: 'x', diagnostics })).toBe(
    'error: first\n  help: do this\nerror: second',
  );
  expect(plainDiagnostic({ type: 'error', diagnostics, exitCode: 1 })).toBe(
    'error: first\n  help: do this\n\nerror: second',
  );
});

test('ids are shown where they are asked for', () => {
  const text = plainDiagnostic(failed, { id: true });
  expect(text).toContain('  id: source.missing\n');
  expect(text).toContain('  id: disk.full\n');
});

test('times of phases are told to who asks for them', () => {
  const done: Event = { type: 'phase-done', unit: 'a:b', phase: 'make', seconds: 2, cpuSeconds: 3 };
  expect(plainLine(done)).toBeUndefined();
  expect(plainLine(done, { debug: true })).toBe('a:b: make took 2.0 s, processors 3.0 s');
});
