import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { collectGarbage } from '../../../src/store/collect-garbage.js';
import { Store } from '../../../src/store/store.js';
import { isDamaged, verifyStore } from '../../../src/store/verify-store.js';
import type { Diagnostic } from '../../../src/util/diagnostic.js';
import { fill, keyOf } from '../../support/filled-store.js';
import { temporaryTree } from '../../support/temporary.js';

/** A store with one record as it is now, and a unit as it was kept before records had checksums. */
async function mixedStore() {
  const warnings: Diagnostic[] = [];
  const notes: string[] = [];
  const store = new Store(
    join(await temporaryTree(), 'store'),
    (diagnostic) => warnings.push(diagnostic),
    (message) => notes.push(message),
  );
  await fill(store, 'new:native', 'a', { file: 'new' });
  const old = { unit: 'old:native', key: keyOf('b'), parts: {}, output: keyOf('c'), seconds: 1 };
  for (const file of [store.layout.key(old.key), store.layout.unit(old.unit)]) {
    await writeFile(file, `${JSON.stringify(old, null, 2)}\n`);
  }
  const tree = join(store.layout.output(old.output), 'file');
  await mkdir(dirname(tree), { recursive: true });
  await writeFile(tree, 'old');
  return { store, warnings, notes };
}

test('records of an earlier format are mentioned once, in one line, and ignored', async () => {
  const { store, warnings, notes } = await mixedStore();
  expect(await store.latest('new:native')).toBeDefined();
  expect(notes).toEqual([]);
  expect(await store.lookup(keyOf('b'))).toBeUndefined();
  expect(await store.latest('old:native')).toBeUndefined();
  expect(notes).toEqual([
    '2 records in the store have an earlier format and are ignored: their units are rebuilt when they are needed, and stubforge store gc removes them',
  ]);
  expect(warnings).toEqual([]);
});

test('they are no damage, and gc removes them with their outputs', async () => {
  const { store } = await mixedStore();
  const report = await verifyStore(store);
  expect(report).toMatchObject({ earlierRecords: 2, outputs: 1, damagedRecords: [] });
  expect(isDamaged(report)).toBe(false);
  const collected = await collectGarbage(store, { keep: 1, keepRecent: 0, dryRun: false });
  expect(collected).toMatchObject({ records: 2, outputs: 1 });
  expect(await readdir(store.layout.outputs)).toHaveLength(1);
  expect(await verifyStore(store)).toMatchObject({ earlierRecords: 0, outputs: 1 });
});

test('a record that lost its checksum otherwise is damaged', async () => {
  const { store, warnings } = await mixedStore();
  await writeFile(store.layout.key(keyOf('b')), '{"chequesum":"","value":{}}\n');
  expect(await store.lookup(keyOf('b'))).toBeUndefined();
  expect(warnings.map(({ message }) => message)).toEqual([
    `a record in the store is damaged: ${store.layout.key(keyOf('b'))}`,
  ]);
  expect((await verifyStore(store)).damagedRecords).toEqual([store.layout.key(keyOf('b'))]);
});
