import { chmod, mkdir, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashFolder } from '../../../src/source/local-source.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { diagnosticsOf, projectIn, temporaryFolder } from '../../support/sources.js';

const noLock = { entries: new Map(), own: new Map() };

async function sample(): Promise<string> {
  const dir = await temporaryFolder();
  await mkdir(join(dir, 'sub'));
  await writeFile(join(dir, 'a'), 'aaa');
  await writeFile(join(dir, 'sub', 'b'), 'bbb');
  await symlink('../a', join(dir, 'sub', 'link'));
  return dir;
}

test('the hash is of names, contents, links and executable bits, and of nothing else', async () => {
  const dir = await sample();
  const first = await hashFolder(dir);
  await utimes(join(dir, 'a'), 1, 1);
  await chmod(join(dir, 'a'), 0o600);
  await mkdir(join(dir, '.git'));
  await writeFile(join(dir, '.git', 'HEAD'), 'x');
  expect(await hashFolder(dir)).toBe(first);
  expect(await hashFolder(await sample())).toBe(first);

  await chmod(join(dir, 'a'), 0o700);
  const executable = await hashFolder(dir);
  await writeFile(join(dir, 'sub', 'b'), 'ccc');
  const edited = await hashFolder(dir);
  await mkdir(join(dir, 'empty'));
  const grown = await hashFolder(dir);
  await symlink('a', join(dir, 'other'));
  expect(new Set([first, executable, edited, grown, await hashFolder(dir)]).size).toBe(5);
});

test('copies what the hash counts', async () => {
  const dir = await sample();
  await mkdir(join(dir, '.git'));
  await chmod(join(dir, 'a'), 0o700);
  await utimes(join(dir, 'a'), 1000, 1000);
  const copy = join(await temporaryFolder(), 'copy');
  await unpackSource(projectIn('/nowhere'), { type: 'local', path: dir }, noLock, copy);
  expect(await hashFolder(copy)).toBe(await hashFolder(dir));
  expect((await readdir(copy)).sort()).toEqual(['a', 'sub']);
  const stats = await stat(join(copy, 'a'));
  expect(stats.mode & 0o777).toBe(0o755);
  expect(stats.mtimeMs).toBe(1_000_000);
});

test('refuses links out of the folder, and says where', async () => {
  const dir = await sample();
  await symlink('../../outside', join(dir, 'sub', 'bad'));
  const [diagnostic] = await diagnosticsOf(hashFolder(dir));
  expect(diagnostic!.span!.file).toBe(join(dir, 'sub', 'bad'));
  const target = join(await temporaryFolder(), 'copy');
  await diagnosticsOf(unpackSource(projectIn('/x'), { type: 'local', path: dir }, noLock, target));
  await expect(stat(target)).rejects.toThrow();
});

test('names a folder that is not there', async () => {
  const dir = join(await temporaryFolder(), 'none');
  const [diagnostic] = await diagnosticsOf(hashFolder(dir));
  expect(diagnostic).toMatchObject({ span: { file: dir } });
  expect(diagnostic!.message).toContain('does not exist');
});
