import { expect, test } from 'vitest';
import { asDiskProblem, withDiskProblems } from '../../../src/util/disk.js';
import { UserError } from '../../../src/util/problem.js';
import { temporaryTree } from '../../support/temporary.js';

const failure = (code: string, path?: string) => Object.assign(new Error(code), { code, path });

test.each(['ENOSPC', 'EDQUOT'])(
  '%s names the folder, what is free, and what to do',
  async (code) => {
    const folder = await temporaryTree();
    const work = () => Promise.reject(failure(code, `${folder}/not/yet/there`));
    const error = await withDiskProblems(work).catch((thrown: UserError) => thrown);
    expect(error).toBeInstanceOf(UserError);
    const [problem] = (error as UserError).problems;
    expect(problem!.message).toMatch(
      /^nothing more can be written: the (disk is full|quota is used up)$/,
    );
    expect(problem!.place).toEqual({ file: `${folder}/not/yet/there` });
    expect(problem!.details![0]).toMatch(
      /^free below \S+: \d+\.\d MiB of \d+\.\d MiB, \d+ inodes$/,
    );
    expect(problem!.details![0]).toContain(folder);
    expect(problem!.remedy).toContain('stubforge store gc');
  },
);

test('an error that does not say where is told with the folder that is written to', async () => {
  const folder = await temporaryTree();
  expect(await asDiskProblem(failure('ENOSPC'), folder)).toMatchObject({
    problems: [{ place: { file: folder } }],
  });
});

test('what is no trouble of the disk stays what it is', async () => {
  const defect = new TypeError('x');
  expect(await asDiskProblem(defect)).toBe(defect);
  const told = new UserError({ message: 'told' });
  expect(await asDiskProblem(told)).toBe(told);
});
