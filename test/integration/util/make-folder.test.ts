import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diagnoseDiskError } from '../../../src/project/disk-diagnostics.js';
import { UserError } from '../../../src/util/diagnostic.js';
import { makeFolder, writeFileAtomic } from '../../../src/util/files.js';
import { temporaryTree } from '../../support/temporary.js';

test('folders are made where some are missing, and stay where they are', async () => {
  const root = await temporaryTree();
  makeFolder(join(root, 'a/b/c'));
  makeFolder(join(root, 'a/b/c'));
  expect(existsSync(join(root, 'a/b/c'))).toBe(true);
});

test('a file system that takes no folders is reported, and not waited for', async () => {
  const error = await writeFileAtomic('/proc/stubforge/x/y', '').catch((each: unknown) => each);
  const said = await diagnoseDiskError(error);
  expect(said).toBeInstanceOf(UserError);
  expect((said as UserError).diagnostics[0]!.span?.file).toBe('/proc/stubforge');
});

test('a folder in the place of a file is reported', async () => {
  const root = await temporaryTree({ 'folder/file': '' });
  const error = await writeFileAtomic(join(root, 'folder'), '').catch((each: unknown) => each);
  const said = (await diagnoseDiskError(error)) as UserError;
  expect(said.diagnostics[0]!.message).toBe('cannot use a file or folder: it is a folder');
});
