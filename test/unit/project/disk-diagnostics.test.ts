import { expect, test } from 'vitest';
import { UserError } from '../../../src/util/diagnostic.js';
import { diagnoseDiskError, withDiskDiagnostics } from '../../../src/util/disk-errors.js';
import { temporaryTree } from '../../support/temporary.js';

const failure = (code: string, path?: string) => Object.assign(new Error(code), { code, path });

test.each(['ENOSPC', 'EDQUOT'])(
  '%s names the folder, what is free, and what to do',
  async (code) => {
    const folder = await temporaryTree();
    const work = () => Promise.reject(failure(code, `${folder}/not/yet/there`));
    const error = await withDiskDiagnostics(work).catch((thrown: UserError) => thrown);
    expect(error).toBeInstanceOf(UserError);
    const [diagnostic] = (error as UserError).diagnostics;
    expect(diagnostic!.message).toMatch(
      /^cannot write any more: the (disk is full|quota is used up)$/,
    );
    expect(diagnostic!.span).toEqual({ file: `${folder}/not/yet/there` });
    expect(diagnostic!.details![0]).toMatch(
      /^free below \S+: \d+\.\d MiB of \d+\.\d MiB, \d+ inodes$/,
    );
    expect(diagnostic!.details![0]).toContain(folder);
    expect(diagnostic!.help).toContain('stubforge store gc');
  },
);

test('an error that does not say where is told with the folder that is written to', async () => {
  const folder = await temporaryTree();
  expect(await diagnoseDiskError(failure('ENOSPC'), folder)).toMatchObject({
    diagnostics: [{ span: { file: folder } }],
  });
});

test('what is no trouble of the disk stays what it is', async () => {
  const defect = new TypeError('x');
  expect(await diagnoseDiskError(defect)).toBe(defect);
  const told = new UserError({ id: 'test.told', message: 'told' });
  expect(await diagnoseDiskError(told)).toBe(told);
});
