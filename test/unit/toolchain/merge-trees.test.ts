import { readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mergeTrees } from '../../../src/toolchain/built/merge-trees.js';
import { temporaryTree } from '../../support/temporary.js';

test('trees are laid over one another, and equal files are one', async () => {
  const folder = await temporaryTree({
    'a/usr/include/a.h': 'a',
    'a/usr/include/same.h': 's',
    'b/usr/include/same.h': 's',
    'b/usr/lib/libb.a': 'b',
  });
  await symlink('a.h', join(folder, 'a/usr/include/link.h'));
  await mergeTrees([join(folder, 'a'), join(folder, 'b')], join(folder, 'out'));
  expect((await readdir(join(folder, 'out/usr/include'))).sort()).toEqual([
    'a.h',
    'link.h',
    'same.h',
  ]);
  expect(await readlink(join(folder, 'out/usr/include/link.h'))).toBe('a.h');
  expect(await readFile(join(folder, 'out/usr/lib/libb.a'), 'utf8')).toBe('b');
});

test('different files of one name are an error that names the file', async () => {
  const folder = await temporaryTree({ 'a/usr/x.h': '1', 'b/usr/x.h': '2' });
  await expect(
    mergeTrees([join(folder, 'a'), join(folder, 'b')], join(folder, 'out')),
  ).rejects.toThrow('two parts of the sysroot contain different files usr/x.h');
});

test('a link and a file of one name are different, also where the link leads to the same', async () => {
  const folder = await temporaryTree({ 'a/x.h': '1', 'b/y.h': '1', 'a/y.h': '1' });
  await symlink('y.h', join(folder, 'b/x.h'));
  await expect(
    mergeTrees([join(folder, 'a'), join(folder, 'b')], join(folder, 'out')),
  ).rejects.toThrow('usr/x.h'.slice(4));
});
