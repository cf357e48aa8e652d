/** A lock file that was read before is taken from memory, and only while it is the same. */
import { readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type LockedSource, readLock, writeLock } from '../../../src/source/lock-file.js';
import { Memo } from '../../../src/util/memo.js';
import * as yaml from '../../../src/yaml/yaml-document.js';
import { diagnosticsOf, projectIn, temporaryFolder } from '../../support/sources.js';

vi.mock(import('../../../src/yaml/yaml-document.js'), { spy: true });

const entry = (version: string): LockedSource => ({
  version,
  files: [{ name: 'x_1.dsc', size: 12, sha256: 'a'.repeat(64), path: 'pool/main/x/x/x_1.dsc' }],
  index: { origin: 'Debian', suite: 'bookworm', release: 'f'.repeat(64) },
});

async function locked() {
  const folder = await temporaryFolder();
  const project = projectIn(folder);
  await writeLock(project, new Map([['debian:a', entry('1')]]));
  const cache = join(folder, 'cache');
  // A file that has only just changed is not trusted to stay: a minute goes by for the program.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  return { project, cache, read: () => readLock(project, new Memo(cache)) };
}

test('a lock file is parsed once, and is the same when it is kept', async () => {
  const { project, read } = await locked();
  const first = await read();
  vi.mocked(yaml.parseText).mockClear();
  const second = await read();
  expect(yaml.parseText).not.toHaveBeenCalled();
  expect(second).toEqual(first);
  expect(second).toEqual(await readLock(project));
});

test('one that has changed is read again, though its time was set back', async () => {
  const { project, read } = await locked();
  await read();
  await writeLock(project, new Map([['debian:a', entry('2')]]));
  await utimes(project.lockFile, 0, 0);
  expect((await read()).entries.get('debian:a')!.version).toBe('2');
});

test('one that is damaged or gone is not kept', async () => {
  const { project, cache, read } = await locked();
  await writeFile(project.lockFile, 'format: 1\nsources: ]\n');
  for (const _round of [1, 2]) expect(await diagnosticsOf(read())).toHaveLength(1);
  await rm(project.lockFile);
  for (const _round of [1, 2]) expect((await read()).own.size).toBe(0);
  expect(await readdir(cache).catch(() => [])).toEqual([]);
});
