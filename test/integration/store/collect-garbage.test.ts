import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectGarbage } from '../../../src/store/collect-garbage.js';
import { storeStatistics } from '../../../src/store/statistics.js';
import type { Store } from '../../../src/store/store.js';
import { isDamaged, verifyStore } from '../../../src/store/verify-store.js';
import { emptyStore, fill, keyOf } from '../../support/filled-store.js';

const DAY = 86_400;
const everything = { keep: 1, keepRecent: 0, dryRun: false };

/** Three builds of one unit, ten, five and zero days ago, and one of another. */
async function history() {
  const store = await emptyStore();
  for (const [key, days] of [
    ['a', 10],
    ['b', 5],
    ['c', 0],
  ] as const) {
    await fill(store, 'unit:native', key, { own: `only of ${key}`, common: 'of all' });
    await age(store, key, days);
  }
  await fill(store, 'other:native', 'd', { common: 'of all', more: 'm' });
  return store;
}

async function age(store: Store, key: string, days: number) {
  const time = Date.now() / 1000 - days * DAY;
  await utimes(store.layout.key(keyOf(key)), time, time);
}

const keys = async (store: Store) =>
  (await readdir(store.layout.keys)).map((name) => name[0]).join('');

test('the newest output of each unit stays, and files that are still shared', async () => {
  const store = await history();
  const collected = await collectGarbage(store, everything);
  expect(collected).toEqual({ records: 2, outputs: 2, files: 2, leftovers: 0, bytes: 18 });
  expect(await keys(store)).toBe('cd');
  expect((await store.lookup(keyOf('c')))?.unit).toBe('unit:native');
  const report = await verifyStore(store);
  expect(report).toMatchObject({ outputs: 2, files: 3 });
  expect(isDamaged(report)).toBe(false);
});

test('--keep and --keep-recent keep more', async () => {
  const two = await history();
  await collectGarbage(two, { ...everything, keep: 2 });
  expect(await keys(two)).toBe('bcd');
  const recent = await history();
  await collectGarbage(recent, { ...everything, keepRecent: 7 * DAY });
  expect(await keys(recent)).toBe('bcd');
});

test('what a look-up found useful is recent again', async () => {
  const store = await history();
  await store.lookup(keyOf('a'));
  await collectGarbage(store, { ...everything, keepRecent: DAY });
  expect(await keys(store)).toBe('acd');
});

test('a dry run tells the same and removes nothing', async () => {
  const store = await history();
  const told = await collectGarbage(store, { ...everything, dryRun: true });
  expect(await keys(store)).toBe('abcd');
  expect(await collectGarbage(store, everything)).toEqual(told);
});

test('the newest build stays even if an older key was used later', async () => {
  const store = await history();
  await age(store, 'c', 20);
  await collectGarbage(store, everything);
  expect(await keys(store)).toBe('bcd');
});

test('leftovers of crashes and damaged outputs that were put aside go, counted', async () => {
  const store = await history();
  await writeFile(join(store.layout.staging, 'tmp-1-x'), '12345');
  await mkdir(join(store.layout.damaged, 'aside'), { recursive: true });
  await writeFile(join(store.layout.damaged, 'aside/file'), '123');
  const { leftovers, bytes } = await collectGarbage(store, { ...everything, keep: 9 });
  expect({ leftovers, bytes }).toEqual({ leftovers: 2, bytes: 8 });
  expect(existsSync(join(store.layout.damaged, 'aside'))).toBe(false);
});

test('statistics tell what sharing saves', async () => {
  const store = await history();
  expect(await storeStatistics(store)).toMatchObject({
    outputs: 4,
    records: 4,
    files: 8,
    bytes: 3 * 9 + 4 * 6 + 1,
    storedFiles: 5,
    storedBytes: 3 * 9 + 6 + 1,
    units: [
      { unit: 'other:native', records: 1, files: 2, bytes: 7, present: true },
      { unit: 'unit:native', records: 3, files: 2, bytes: 15, present: true },
    ],
  });
});
