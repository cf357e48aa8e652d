import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  argumentsOf,
  countEndings,
  differenceFrom,
  endingOf,
  isPartial,
  programsOf,
  readSuites,
  renderSuites,
  stalePatterns,
} from '../../support/guest-suites.js';

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

  test('a test of POSIX says by its status that it has tested nothing', () => {
    const failed = { ...result, outcome: 'failed', accelerator: 'tcg' } as const;
    const withStatus = (status: number, posix: boolean) =>
      endingOf({ ...failed, tail: [], status }, [], posix);
    expect(withStatus(4, true)).toBe('empty');
    expect(withStatus(5, true)).toBe('empty');
    expect(withStatus(2, true)).toBe('fails');
    expect(withStatus(4, false)).toBe('fails');
  });

  test('a list has an ending for each of its tests, by the first group that fits', () => {
    const suite = readSuites().find(({ list }) => list)!;
    const names = ['mmap/1-1', 'aio_read/1-1', 'pthread_cond_wait/1-1'];
    const programs = programsOf(suite, names);
    expect(countEndings(programs)).toEqual({ passes: 2, fails: 0, empty: 1, omitted: 0 });
    expect(argumentsOf(suite, names[0]!, programs[names[0]!]!)).toEqual([
      '/usr/libexec/posixtestsuite/posixtestsuite',
      'mmap/1-1',
    ]);
    expect(stalePatterns(suite, names)).toContain('lio_listio/*');
    expect(stalePatterns(suite, names)).not.toContain('aio_*');
  });

  test('what a program has printed is compared but for what a console drops', () => {
    const text = 'one\r\n\ttwo \x0c\n';
    expect(
      differenceFrom(text, ['nub: 3.0', 'one', '\ttwo ', 'nub: exit status 0']),
    ).toBeUndefined();
    expect(differenceFrom(text, ['one'])).toBe("line 2 is 'undefined', and not '\ttwo '");
    expect(differenceFrom(text, ['one', '\ttwo ', 'three'])).toBe("'three' is too much");
  });
});
