import { expect, test } from 'vitest';
import { sourceJob, unitOf } from '../../../../src/engine/executor/unit-job.js';
import { isBuiltUnit } from '../../../../src/plan/unit.js';
import { StateLayout } from '../../../../src/project/state-layout.js';
import { toolchainOf } from '../../../../src/toolchain/load-toolchains.js';
import { unit } from '../../../support/units.js';

test('a unit comes out of the text of its job with the same toolchain', () => {
  const lock = { entries: new Map(), own: new Map() };
  const made = unit();
  const job = sourceJob(
    { project: { state: new StateLayout('/s') }, lock, sandbox: 'bubblewrap' },
    made,
    { jobs: 2, keep: false },
  );
  const read = JSON.parse(JSON.stringify(job)) as typeof job;
  expect(read).toEqual(job);
  const again = unitOf(read, (data) => toolchainOf(data.description).target(data.architecture));
  if (!isBuiltUnit(again)) throw new Error('it is built by phases');
  const { toolchain, ...rest } = again;
  const { toolchain: before, ...same } = made;
  expect(rest).toEqual(same);
  expect(toolchain!.architecture).toEqual(before!.architecture);
  expect(toolchain!.environment({ prefix: '/p' })).toEqual(before!.environment({ prefix: '/p' }));
});
