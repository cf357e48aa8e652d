import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hashTree } from '../../../src/store/manifest.js';
import { linkTree, listTree, TreeConflict } from '../../../src/store/tree.js';
import { temporaryTree } from '../../support/temporary.js';

const files = { 'usr/lib/libz.a': 'archive', 'usr/include/zlib.h': '#define Z\n' };

test('a tree is named by content: times and write permissions do not count', async () => {
  const [a, b] = [await temporaryTree(files), await temporaryTree(files)];
  await utimes(join(b, 'usr/lib/libz.a'), 1, 1);
  await chmod(join(b, 'usr/lib/libz.a'), 0o600);
  expect(await hashTree(a)).toBe(await hashTree(b));
});

test.each([
  ['content', async (dir: string) => writeFile(join(dir, 'usr/lib/libz.a'), 'Archive')],
  ['a new file', async (dir: string) => writeFile(join(dir, 'usr/lib/libz2.a'), '')],
  ['the executable bit', async (dir: string) => chmod(join(dir, 'usr/lib/libz.a'), 0o755)],
  ['a link', async (dir: string) => symlink('libz.a', join(dir, 'usr/lib/liby.a'))],
])('%s changes the name', async (_what, change) => {
  const [a, b] = [await temporaryTree(files), await temporaryTree(files)];
  await change(b);
  expect(await hashTree(b)).not.toBe(await hashTree(a));
});

test('the entries come in bytewise order, folders before what they hold', async () => {
  const dir = await temporaryTree({ 'b/x': '', 'B/y': '', 'a.h': '', 'a/z': '' });
  expect(listTree(dir).map((entry) => entry.path)).toEqual([
    'B',
    'B/y',
    'a',
    'a/z',
    'a.h',
    'b',
    'b/x',
  ]);
});

test('trees merge by hard links, and the same file twice is no conflict', async () => {
  const target = await temporaryTree();
  const a = await temporaryTree(files);
  const b = await temporaryTree({
    'usr/include/bzlib.h': 'b',
    'usr/include/zlib.h': '#define Z\n',
  });
  await linkTree(a, target);
  await linkTree(a, target);
  await linkTree(b, target);
  expect(await readFile(join(target, 'usr/include/bzlib.h'), 'utf8')).toBe('b');
  expect((await stat(join(target, 'usr/lib/libz.a'))).ino).toBe(
    (await stat(join(a, 'usr/lib/libz.a'))).ino,
  );
});

test.skipIf(!existsSync('/dev/shm'))(
  'another file system gets copies, with mode and time',
  async () => {
    const root = await temporaryTree(files);
    await chmod(join(root, 'usr/lib/libz.a'), 0o444);
    await utimes(join(root, 'usr/lib/libz.a'), 5, 5);
    const target = await mkdtemp('/dev/shm/stubforge-test-');
    onTestFinished(() => rm(target, { recursive: true }));
    await linkTree(root, target);
    const copy = await stat(join(target, 'usr/lib/libz.a'));
    expect(copy).toMatchObject({ mtimeMs: 5000, nlink: 1, size: 7 });
    expect(copy.mode & 0o777).toBe(0o444);
    await linkTree(root, target);
  },
);

test('two different files of one name are a conflict that names the path', async () => {
  const target = await temporaryTree();
  await linkTree(await temporaryTree(files), target);
  const other = await temporaryTree({ 'usr/include/zlib.h': 'other' });
  await expect(linkTree(other, target)).rejects.toThrow(TreeConflict);
  await expect(linkTree(other, target)).rejects.toMatchObject({ path: 'usr/include/zlib.h' });
});
