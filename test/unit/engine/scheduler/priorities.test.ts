import { expect, test } from 'vitest';
import { guessSeconds, remainingPaths } from '../../../../src/engine/scheduler/priorities.js';

const seconds: Record<string, { prepare: number; build: number }> = {
  libc: { prepare: 1, build: 20 },
  small: { prepare: 1, build: 2 },
  large: { prepare: 5, build: 30 },
  program: { prepare: 8, build: 100 },
  image: { prepare: 0, build: 3 },
};
const units = [
  { name: 'libc', dependencies: [] },
  { name: 'small', dependencies: ['libc'] },
  { name: 'large', dependencies: ['libc'] },
  { name: 'program', dependencies: ['libc', 'small', 'large'] },
  { name: 'image', dependencies: ['program'] },
];

test('a unit is as urgent as the longest chain of units that wait for it', () => {
  const paths = remainingPaths(units, (name) => seconds[name]!);
  expect(paths.get('image')).toEqual({ prepare: 3, build: 3 });
  expect(paths.get('program')).toEqual({ prepare: 111, build: 103 });
  expect(paths.get('small')!.build).toBe(105);
  expect(paths.get('large')!.build).toBe(133);
  expect(paths.get('libc')).toEqual({ prepare: 154, build: 153 });
});

test('guesses put small sources before large ones, and data before both', () => {
  const guess = (mebibytes: number | undefined, { data = false, partial = false } = {}) =>
    guessSeconds({
      sourceBytes: mebibytes && mebibytes * 2 ** 20,
      data,
      partial,
    }).build;
  const order = [guess(1, { data: true }), guess(0.1), guess(5), guess(30)];
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(guess(undefined)).toBeGreaterThan(guess(0.1));
  expect(guess(5, { partial: true })).toBeLessThan(guess(2));
});
