import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Store } from '../../../src/store/store.js';
import { temporaryTree } from '../../support/temporary.js';

async function storeWithTree(content: string) {
  const base = await temporaryTree({ 'dest/usr/lib/libz.a': content });
  return { store: new Store(join(base, 'store')), tree: join(base, 'dest') };
}

const record = { unit: 'zlib:stubdom-amd64', key: 'abc', parts: { source: 's' }, seconds: 1 };

test('an output is found again by its key and as the newest of its unit', async () => {
  const { store, tree } = await storeWithTree('archive');
  const { output } = await store.put(record, tree);
  expect(existsSync(tree)).toBe(false);
  expect(await readFile(join(store.outputDirectory(output), 'usr/lib/libz.a'), 'utf8')).toBe(
    'archive',
  );
  expect((await store.lookup('abc'))?.output).toBe(output);
  expect((await store.latest('zlib:stubdom-amd64'))?.key).toBe('abc');
  expect(await store.lookup('abd')).toBeUndefined();
});

test('the same content twice is kept once', async () => {
  const { store, tree } = await storeWithTree('archive');
  const other = await temporaryTree({ 'dest/usr/lib/libz.a': 'archive' });
  const first = await store.put(record, tree);
  const second = await store.put({ ...record, key: 'def' }, join(other, 'dest'));
  expect(second.output).toBe(first.output);
  expect(await readdir(join(store.directory, 'outputs'))).toEqual([first.output]);
});

test('a record without its output, or a damaged record, is no record', async () => {
  const { store, tree } = await storeWithTree('archive');
  const { output } = await store.put(record, tree);
  await rm(store.outputDirectory(output), { recursive: true });
  expect(await store.lookup('abc')).toBeUndefined();
  await writeFile(join(store.directory, 'units', 'zlib_stubdom-amd64.json'), '{"unit": "zl');
  expect(await store.latest('zlib:stubdom-amd64')).toBeUndefined();
});
