import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diagnoseDiskError, withDiskDiagnostics } from '../../../src/project/disk-diagnostics.js';
import { UserError } from '../../../src/util/diagnostic.js';
import { temporaryBeside } from '../../../src/util/files.js';
import { temporaryTree } from '../../support/temporary.js';

const failure = (code: string, path?: string) => Object.assign(new Error(code), { code, path });

test.each(['ENOSPC', 'EDQUOT'])(
  '%s names the folder, what is free, and what to do',
  async (code) => {
    const folder = await temporaryTree();
    const work = () => Promise.reject(failure(code, `${folder}/not/yet/there`));
    const error = await withDiskDiagnostics(work, { state: folder }).catch(
      (thrown: UserError) => thrown,
    );
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
  expect(await diagnoseDiskError(failure('ENOSPC'), { folder })).toMatchObject({
    diagnostics: [{ span: { file: folder } }],
  });
});

test('what is no trouble of the disk stays what it is', async () => {
  const defect = new TypeError('x');
  expect(await diagnoseDiskError(defect)).toBe(defect);
  const told = new UserError({ id: 'test.told', message: 'told' });
  expect(await diagnoseDiskError(told)).toBe(told);
});

test.each([
  ['EACCES', 'fix that, or name another file or folder'],
  ['ENOSPC', 'free some space there, or write it somewhere else'],
])('nobody is told to move the state for a path outside of it (%s)', async (code, help) => {
  const [state, other] = [await temporaryTree(), await temporaryTree()];
  const said = async (path: string) =>
    ((await diagnoseDiskError(failure(code, path), { state })) as UserError).diagnostics[0]!;
  expect((await said(join(other, 'x'))).help).toBe(help);
  expect((await said(`${state}-beside/x`)).help).toBe(help);
  expect((await said(join(state, 'x'))).help).toContain('move the state elsewhere');
});

test('a file is called what the user calls it, not as it is until it is complete', async () => {
  const folder = await temporaryTree();
  const file = join(folder, 'x.sh');
  for (const path of [temporaryBeside(file), join(temporaryBeside(file), 'inner')]) {
    const said = (await diagnoseDiskError(failure('EACCES', path))) as UserError;
    expect(said.diagnostics[0]!.span!.file).toBe(path.replace(/\.tmp-[^/]*/, ''));
  }
});

test('a file system that takes no files is not full', async () => {
  const error = Object.assign(failure('ENOENT', temporaryBeside('/proc/x.sh')), {
    syscall: 'open',
  });
  expect(await diagnoseDiskError(error)).toMatchObject({
    diagnostics: [
      {
        message: 'cannot use a file or folder: no file can be made there',
        span: { file: '/proc/x.sh' },
      },
    ],
  });
  // Any other missing file is not for this to explain.
  const missing = Object.assign(failure('ENOENT', '/proc/x.sh'), { syscall: 'open' });
  expect(await diagnoseDiskError(missing)).toBe(missing);
});
