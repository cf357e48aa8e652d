import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STORE_TIME } from '../../../src/store/inspect-tree.js';
import { repairStore } from '../../../src/store/repair-store.js';
import { isDamaged, verifyStore } from '../../../src/store/verify-store.js';
import { sha256 } from '../../../src/util/hash.js';
import { emptyStore, fill, keyOf, overwrite } from '../../support/filled-store.js';

async function twoUnits() {
  const store = await emptyStore();
  const a = await fill(store, 'a:native', 'a', { 'usr/a': 'only in a', common: 'in both' });
  const b = await fill(store, 'b:native', 'b', { 'usr/b': 'only in b', common: 'in both' });
  return { store, a: store.outputDirectory(a.output), b: store.outputDirectory(b.output) };
}

test('a sound store verifies, and repair changes nothing', async () => {
  const { store } = await twoUnits();
  const report = await verifyStore(store);
  expect(report).toMatchObject({ outputs: 2, records: 4, files: 3, bytes: 25, missing: [] });
  expect(isDamaged(report)).toBe(false);
  expect(await repairStore(store)).toEqual({
    restored: [],
    lost: [],
    files: [],
    restoredRecords: [],
    removedRecords: [],
    rebuild: [],
  });
});

test('content that changed without its metadata is found, with unit and path', async () => {
  const { store, a } = await twoUnits();
  await overwrite(join(a, 'usr/a'), 'ONLY IN A');
  await utimes(join(a, 'usr/a'), STORE_TIME, STORE_TIME);
  const report = await verifyStore(store);
  expect(report.damaged).toMatchObject([
    { units: ['a:native'], faults: [{ path: 'usr/a', what: 'content' }] },
  ]);
  expect(isDamaged(report)).toBe(true);
});

test('damage to a shared file is damage to each output that holds it', async () => {
  const { store, a } = await twoUnits();
  await overwrite(join(a, 'common'), 'IN BOTH');
  const { damaged, damagedFiles } = await verifyStore(store);
  expect(damaged.flatMap((each) => each.units).sort()).toEqual(['a:native', 'b:native']);
  expect(damagedFiles).toHaveLength(1);
  const repairs = await repairStore(store);
  expect(repairs.lost).toHaveLength(2);
  expect(repairs.rebuild).toEqual(['a:native', 'b:native']);
  expect(isDamaged(await verifyStore(store))).toBe(false);
});

test('what is only lost from one tree comes back, and nothing is built again', async () => {
  const { store, a, b } = await twoUnits();
  await rm(join(a, 'common'));
  await rm(b, { recursive: true });
  const repairs = await repairStore(store);
  expect(repairs.restored.flatMap((each) => each.units).sort()).toEqual(['a:native', 'b:native']);
  expect(repairs.rebuild).toEqual([]);
  expect((await verifyStore(store)).damaged).toEqual([]);
});

test('a lost output is put aside, and its record by key goes', async () => {
  const { store, a } = await twoUnits();
  await overwrite(join(a, 'usr/a'), 'x');
  const { lost, rebuild } = await repairStore(store);
  expect(lost).toMatchObject([{ units: ['a:native'] }]);
  expect(existsSync(join(lost[0]!.aside!, 'usr/a'))).toBe(true);
  expect(rebuild).toEqual(['a:native']);
  expect(existsSync(store.layout.key(keyOf('a')))).toBe(false);
  expect((await store.latest('a:native'))?.key).toBe(keyOf('a'));
  expect(await verifyStore(store)).toMatchObject({ outputs: 1, missing: ['a:native'] });
});

test('each of the two records of a unit restores the other', async () => {
  const { store } = await twoUnits();
  const files = [store.layout.key(keyOf('a')), store.layout.unit('b:native')];
  for (const file of files) await writeFile(file, '{}');
  expect((await verifyStore(store)).damagedRecords).toEqual(files);
  expect((await repairStore(store)).restoredRecords).toEqual(files);
  expect((await store.lookup(keyOf('a')))?.unit).toBe('a:native');
  expect((await store.latest('b:native'))?.key).toBe(keyOf('b'));
});

test('a folder in the place of a list or a shared file gives way', async () => {
  const { store, a } = await twoUnits();
  const { output } = (await store.latest('a:native'))!;
  for (const file of [store.layout.manifest(output), store.layout.file(sha256('only in a'))]) {
    await rm(file);
    await mkdir(join(file, 'deep'), { recursive: true });
  }
  expect((await verifyStore(store)).damagedFiles).toHaveLength(1);
  expect((await repairStore(store)).restored).toMatchObject([{ units: ['a:native'] }]);
  expect(isDamaged(await verifyStore(store))).toBe(false);
  expect(await readFile(join(a, 'usr/a'), 'utf8')).toBe('only in a');
});

test('a folder or a stray file in the place of a record or a shared file is taken out', async () => {
  const { store } = await twoUnits();
  await rm(store.layout.key(keyOf('a')));
  await mkdir(store.layout.key(keyOf('a')));
  await writeFile(join(store.layout.files, '00stray'), '');
  await mkdir(join(store.layout.files, 'zz/deep'), { recursive: true });
  const report = await verifyStore(store);
  expect(report.damagedRecords).toEqual([store.layout.key(keyOf('a'))]);
  expect(report.damagedFiles).toEqual([join(store.layout.files, 'zz/deep')]);
  await repairStore(store);
  expect(isDamaged(await verifyStore(store))).toBe(false);
});
