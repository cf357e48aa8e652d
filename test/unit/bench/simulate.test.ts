import { expect, test } from 'vitest';
import { bounds, type Stage, simulate, stagesOf } from '../../../bench/schedule/simulate.js';
import { remainingPaths } from '../../../src/engine/scheduler/priorities.js';

const unit = (name: string, dependencies: string[], ...stages: Stage[]) => ({
  name,
  dependencies,
  stages,
});
const prepare = (serial: number): Stage => ({ prepare: true, serial, shared: 0 });
const phase = (serial: number, shared = 0): Stage => ({ prepare: false, serial, shared });

const units = [
  unit('libc', [], prepare(2), phase(1, 20)),
  unit('small', ['libc'], prepare(1), phase(4)),
  unit('large', ['libc'], prepare(3), phase(6), phase(0, 24)),
  unit('program', ['libc', 'small', 'large'], prepare(8), phase(10), phase(2, 90)),
];
const sum = (stages: Stage[], of: boolean) =>
  stages
    .filter((each) => each.prepare === of)
    .reduce((all, each) => all + each.serial + each.shared, 0);
const paths = remainingPaths(units, (name) => {
  const { stages } = units.find((each) => each.name === name)!;
  return { prepare: sum(stages, true), build: sum(stages, false) };
});

test('one processor does all the work, and no number of them beats the longest path', () => {
  const { longest, work } = bounds(units);
  expect(work).toBe(171);
  // libc is ready after 3 s, large after 6 more; the program's source has waited since the eighth.
  expect(longest).toBe(21);
  expect(simulate(units, paths, 1)).toBeCloseTo(work);
  for (const processors of [2, 4, 8, 64]) {
    const seconds = simulate(units, paths, processors);
    expect(seconds).toBeGreaterThanOrEqual(Math.max(longest, work / processors) - 1e-6);
    expect(seconds).toBeLessThan(simulate(units, paths, processors / 2) + 1e-6);
  }
  expect(simulate(units, paths, 1e6)).toBeLessThan(longest + 0.01);
});

test('with two processors, one idles only while nothing but one serial phase is left', () => {
  // The program's configure has nothing beside it, nor has its last serial part.
  expect(simulate(units, paths, 2)).toBeLessThan((171 + 10 + 2) / 2 + 4);
});

test('the serial part of a phase is what the measured run could not share', () => {
  const record = {
    seconds: 20,
    phases: [
      { phase: 'unpack', seconds: 3 },
      { phase: 'configure', seconds: 5, cpuSeconds: 4 },
      { phase: 'compile', seconds: 10, cpuSeconds: 16, parallel: true },
    ],
  };
  expect(stagesOf(record, 2)).toEqual([
    { prepare: true, serial: 3, shared: 0 },
    { prepare: false, serial: 4, shared: 0 },
    { prepare: false, serial: 4, shared: 12 },
    { prepare: false, serial: 2, shared: 0 },
  ]);
});
