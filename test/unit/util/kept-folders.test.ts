import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KeptFolders } from '../../../src/util/kept-folders.js';
import { temporaryTree } from '../../support/temporary.js';

test('a folder is written once, however many ask for it at the same time', async () => {
  const kept = new KeptFolders(join(await temporaryTree(), 'kept'));
  let written = 0;
  const write = async (dir: string) => {
    written++;
    await writeFile(join(dir, 'x'), 'text');
  };
  const folders = await Promise.all([1, 2, 3].map(() => kept.folder('name', write)));
  expect(new Set(folders)).toEqual(new Set([join(kept.root, 'name')]));
  expect(await readFile(join(folders[0]!, 'x'), 'utf8')).toBe('text');
  await kept.folder('name', write);
  expect(written).toBe(1);
  expect(await readdir(kept.root)).toEqual(['name']);
});

test('what another process was quicker with is taken', async () => {
  const root = await temporaryTree();
  const [one, other] = [new KeptFolders(root), new KeptFolders(root)];
  const folder = await one.folder('name', async (dir) => {
    await other.folder('name', (theirs) => writeFile(join(theirs, 'x'), 'theirs'));
    await writeFile(join(dir, 'x'), 'mine');
  });
  expect(await readFile(join(folder, 'x'), 'utf8')).toBe('theirs');
  expect(await readdir(root)).toEqual(['name']);
});

test('what could not be written leaves nothing, and is tried again', async () => {
  const kept = new KeptFolders(await temporaryTree());
  const failing = () => Promise.reject(new Error('no space'));
  await expect(kept.folder('name', failing)).rejects.toThrow('no space');
  expect(await readdir(kept.root)).toEqual([]);
  await kept.folder('name', async () => {});
  expect(await readdir(kept.root)).toEqual(['name']);
});

test('its time says when it was used last', async () => {
  const kept = new KeptFolders(await temporaryTree());
  const folder = await kept.folder('name', async () => {});
  await utimes(folder, 1, 1);
  await kept.folder('name', async () => {});
  expect((await stat(folder)).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
});
