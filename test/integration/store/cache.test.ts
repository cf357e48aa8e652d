import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LocalCache } from '../../../src/store/cache.js';
import { Store } from '../../../src/store/store.js';
import { temporaryTree } from '../../support/temporary.js';

const parts = { source: 'x' };

/** A store with one output that no record leads to. */
async function filled() {
  const base = await temporaryTree({ 'dest/usr/lib/liba.a': 'content' });
  const store = new Store(join(base, 'store'));
  const output = await store.add(join(base, 'dest'));
  const record = { unit: 'a:stubdom-amd64', key: 'k'.repeat(64), parts, output, seconds: 2 };
  return { store, cache: new LocalCache(store), record };
}

test('a record that was put is found by its key, and as the newest of its unit', async () => {
  const { cache, record } = await filled();
  expect(await cache.lookup(record.key)).toBeUndefined();
  expect(await cache.latest(record.unit)).toBeUndefined();
  await cache.put(record);
  expect(await cache.lookup(record.key)).toEqual(record);
  expect(await cache.latest(record.unit)).toEqual(record);
});

test('an output that was fetched is whole, and one that cannot be had is told', async () => {
  const { store, cache, record } = await filled();
  await cache.put(record);
  expect(await cache.fetch(record.output)).toBe(true);
  const file = join(store.outputDirectory(record.output), 'usr/lib/liba.a');
  await chmod(file, 0o644);
  await writeFile(file, 'changed');
  // Another process has read nothing of it before.
  const other = new LocalCache(new Store(store.directory));
  expect(await other.fetch(record.output)).toBe(false);
  expect(await other.lookup(record.key)).toBeUndefined();
  expect(await other.latest(record.unit)).toEqual(record);
});

test('an output whose content is still there is repaired when it is fetched', async () => {
  const { store, cache, record } = await filled();
  await cache.put(record);
  const file = join(store.outputDirectory(record.output), 'usr/lib/liba.a');
  await chmod(file, 0o644);
  expect(await new LocalCache(new Store(store.directory)).fetch(record.output)).toBe(true);
  expect(await new Store(store.directory).check(record.output, 'contents')).toEqual([]);
});
