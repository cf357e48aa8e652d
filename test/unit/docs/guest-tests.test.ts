import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { endingOf, isPartial, readSuites, renderSuites } from '../../support/guest-suites.js';

const root = resolve(import.meta.dirname, '../../..');
const result = { outcome: 'passed', status: 0, seconds: 1, detail: '', tail: [] } as const;
const ending = (...lines: string[]) => endingOf({ ...result, accelerator: 'tcg', tail: [] }, lines);

describe('suites of test programs', () => {
  test('the page about them says what the tests expect', async () => {
    await expect(renderSuites(readSuites())).toMatchFileSnapshot(
      resolve(root, 'docs/guest-tests.md'),
    );
  });

  test('every case that is left out has a reason, and no program has two endings', () => {
    for (const suite of readSuites()) {
      for (const [name, program] of Object.entries(suite.programs)) {
        const endings = [program.fails, program.empty, program.omitted].filter(Boolean);
        expect(endings.length, name).toBeLessThanOrEqual(1);
        expect(program.why !== undefined, name).toBe(isPartial(program));
      }
    }
  });

  test('each program of our own is in the list', async () => {
    const suite = readSuites().find(({ recipe }) => recipe === 'libc-selftest')!;
    const sources = (await readdir(resolve(root, 'recipes/libc-selftest')))
      .filter((name) => name.endsWith('.c'))
      .map((name) => name.replace(/\.c$/, ''));
    expect(Object.keys(suite.programs).sort()).toEqual(sources.sort());
  });

  test('a program that tested nothing has not passed', () => {
    expect(ending('1..2', 'ok 1 /a', 'ok 2 /b')).toBe('passes');
    expect(ending('1..0')).toBe('empty');
    expect(ending('1..2', 'ok 1 /a # SKIP no sockets', 'ok 2 /b # SKIP')).toBe('empty');
    expect(ending('1..1', 'a line without an end, then ok 1 /a')).toBe('passes');
    expect(ending('12 checks, 0 failed')).toBe('passes');
    expect(endingOf({ ...result, outcome: 'failed', accelerator: 'tcg', tail: [] }, ['ok 1'])).toBe(
      'fails',
    );
  });
});
