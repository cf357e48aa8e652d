import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { withChecksum } from '../../../src/store/checksummed.js';
import { repairOutput } from '../../../src/store/repair-output.js';
import { Store } from '../../../src/store/store.js';
import type { Diagnostic } from '../../../src/util/diagnostic.js';
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

test('files that two outputs share are kept once, read-only and without times', async () => {
  const base = await temporaryTree({
    'a/bin/tool': 'tool',
    'a/same': 'both',
    'b/other/name': 'both',
    'b/more': 'more',
  });
  await chmod(join(base, 'a/bin/tool'), 0o700);
  const store = new Store(join(base, 'store'));
  const a = store.outputDirectory((await store.put(record, join(base, 'a'))).output);
  const b = store.outputDirectory(
    (await store.put({ ...record, key: 'k' }, join(base, 'b'))).output,
  );
  const [one, other, tool] = await Promise.all(
    [join(a, 'same'), join(b, 'other/name'), join(a, 'bin/tool')].map((path) => stat(path)),
  );
  expect(one!.ino).toBe(other!.ino);
  expect(one!.mode & 0o777).toBe(0o444);
  expect(tool!.mode & 0o777).toBe(0o555);
  expect([one!.mtimeMs, tool!.mtimeMs]).toEqual([946684800000, 946684800000]);
  expect(await readdir(join(store.directory, 'staging'))).toEqual([]);
});

test('a file that has a name outside of the tree is copied, so that nobody can write to it', async () => {
  const base = await temporaryTree({ 'build/lib.a': 'built', 'dest/x': '' });
  await link(join(base, 'build/lib.a'), join(base, 'dest/lib.a'));
  const store = new Store(join(base, 'store'));
  const { output } = await store.put(record, join(base, 'dest'));
  await writeFile(join(base, 'build/lib.a'), 'changed');
  expect(await readFile(join(store.outputDirectory(output), 'lib.a'), 'utf8')).toBe('built');
});

test('a record without its output is no record', async () => {
  const { store, tree } = await storeWithTree('archive');
  const { output } = await store.put(record, tree);
  await rm(store.outputDirectory(output), { recursive: true });
  expect(await store.lookup('abc')).toBeUndefined();
});

describe('a damaged record', () => {
  const keyFile = (store: Store) => store.layout.key('abc');
  const unitFile = (store: Store) => store.layout.unit(record.unit);

  test.each([
    ['cut short', (text: string) => text.slice(0, 100)],
    ['empty', () => ''],
    [
      'valid JSON with another number',
      (text: string) => text.replace('"seconds":1', '"seconds":2'),
    ],
    ['of another format', () => '{"unit": "zlib:stubdom-amd64", "key": "abc"}\n'],
    [
      'checksummed, but under a wrong name',
      () => withChecksum({ ...record, unit: 'x:y', key: 'z' }),
    ],
  ])('that is %s is ignored, with a warning', async (_what, change) => {
    const files = ['keys/abc.json', 'units/zlib_stubdom-amd64.json'];
    const { tree, store: writer } = await storeWithTree('archive');
    await writer.put(record, tree);
    for (const file of files) {
      const path = join(writer.directory, file);
      await writeFile(path, change(await readFile(path, 'utf8')));
    }
    const warnings: Diagnostic[] = [];
    const store = new Store(writer.directory, (diagnostic) => warnings.push(diagnostic));
    expect(await store.lookup('abc')).toBeUndefined();
    expect(await store.latest(record.unit)).toBeUndefined();
    expect(warnings.map((each) => each.message)).toEqual([
      `a record in the store is damaged: ${keyFile(store)}`,
      `a record in the store is damaged: ${unitFile(store)}`,
    ]);
  });

  test('is found in the other place where it stands', async () => {
    const { tree, store: writer } = await storeWithTree('archive');
    await writer.put(record, tree);
    await writeFile(keyFile(writer), 'x');
    expect((await writer.lookup('abc'))?.unit).toBe(record.unit);
    await writer.records.write((await writer.latest(record.unit))!);
    await writeFile(unitFile(writer), 'x');
    expect((await writer.latest(record.unit))?.key).toBe('abc');
  });
});

describe('a damaged output', () => {
  async function damaged(change: (path: string) => Promise<unknown>) {
    const base = await temporaryTree({
      'dest/usr/lib/libz.a': 'archive',
      'dest/usr/include/zlib.h': '#define Z',
      'dest/usr/bin/zip': '#!/bin/sh',
    });
    await chmod(join(base, 'dest/usr/bin/zip'), 0o755);
    await symlink('libz.a', join(base, 'dest/usr/lib/liby.a'));
    const store = new Store(join(base, 'store'));
    const { output } = await store.put(record, join(base, 'dest'));
    await change(store.outputDirectory(output));
    return { base, output, store: new Store(store.directory) };
  }

  const rewrite = async (path: string, text: string) => {
    await chmod(path, 0o644);
    await writeFile(path, text);
    await chmod(path, 0o444);
  };

  test.each<[string, string, (root: string) => Promise<unknown>]>([
    ['content', 'usr/lib/libz.a', (root) => rewrite(join(root, 'usr/lib/libz.a'), 'ARCHIVE')],
    ['size', 'usr/lib/libz.a', (root) => rewrite(join(root, 'usr/lib/libz.a'), 'short')],
    ['missing', 'usr/include/zlib.h', (root) => rm(join(root, 'usr/include/zlib.h'))],
    ['mode', 'usr/bin/zip', (root) => chmod(join(root, 'usr/bin/zip'), 0o444)],
    ['unexpected', 'usr/lib/more', (root) => writeFile(join(root, 'usr/lib/more'), '')],
    [
      'type',
      'usr/bin/zip',
      async (root) => {
        await rm(join(root, 'usr/bin/zip'));
        await mkdir(join(root, 'usr/bin/zip'));
      },
    ],
    [
      'link target',
      'usr/lib/liby.a',
      async (root) => {
        await rm(join(root, 'usr/lib/liby.a'));
        await symlink('/etc', join(root, 'usr/lib/liby.a'));
      },
    ],
    ['missing', '', (root) => rm(root, { recursive: true })],
  ])(
    '%s of %s is found by a look at the metadata, and before it is used',
    async (what, path, change) => {
      const { base, store, output } = await damaged(change);
      expect(await store.check(output, 'metadata')).toContainEqual({ path, what });
      const used = store.materialize(output, join(base, 'sysroot'));
      await expect(used).rejects.toThrow(
        'the output of zlib:stubdom-amd64 is damaged in the store',
      );
      expect(existsSync(join(base, 'sysroot'))).toBe(false);
    },
  );

  test('whose file changed but not its metadata is found when it is used', async () => {
    const { base, store, output } = await damaged(async (root) => {
      const path = join(root, 'usr/lib/libz.a');
      await rewrite(path, 'ARCHIVE');
      await utimes(path, 946684800, 946684800);
    });
    expect(await store.check(output, 'metadata')).toEqual([]);
    await expect(store.materialize(output, join(base, 'sysroot'))).rejects.toMatchObject({
      faults: [{ path: 'usr/lib/libz.a', what: 'content' }],
    });
  });

  test('that was written to through a link of it is found by the same process, too', async () => {
    const { base, store, output } = await damaged(async () => {});
    await store.materialize(output, join(base, 'sysroot'));
    await store.materialize(output, join(base, 'second'));
    await rewrite(join(base, 'sysroot/usr/lib/libz.a'), 'ARCHIVE');
    await expect(store.materialize(output, join(base, 'third'))).rejects.toMatchObject({
      faults: [{ path: 'usr/lib/libz.a', what: 'content' }],
    });
  });

  test('that was only touched is no damage', async () => {
    const { store, output } = await damaged((root) => utimes(join(root, 'usr/lib/libz.a'), 5, 5));
    expect(await store.check(output, 'metadata')).toEqual([]);
  });

  test('is replaced when the same content is built again', async () => {
    const { base, store, output } = await damaged((root) =>
      rewrite(join(root, 'usr/lib/libz.a'), 'ARCHIVE'),
    );
    await temporaryFiles(join(base, 'again'));
    expect((await store.put(record, join(base, 'again'))).output).toBe(output);
    expect(await new Store(store.directory).check(output, 'contents')).toEqual([]);
    expect(await readdir(store.layout.damaged)).toHaveLength(1);
  });

  async function temporaryFiles(root: string) {
    for (const folder of ['usr/lib', 'usr/include', 'usr/bin']) {
      await mkdir(join(root, folder), { recursive: true });
    }
    await writeFile(join(root, 'usr/lib/libz.a'), 'archive');
    await writeFile(join(root, 'usr/include/zlib.h'), '#define Z');
    await writeFile(join(root, 'usr/bin/zip'), '#!/bin/sh', { mode: 0o755 });
    await symlink('libz.a', join(root, 'usr/lib/liby.a'));
  }

  test('is restored, as long as each of its files is somewhere in the store', async () => {
    const { store, output } = await damaged((root) => rm(root, { recursive: true }));
    expect(await repairOutput(store, output, 'contents')).toMatchObject({ state: 'restored' });
    expect(await store.check(output, 'contents')).toEqual([]);
  });

  test('is restored from another output when the shared file itself is damaged', async () => {
    const { store, output, base } = await damaged(async () => {});
    // Another output holds the same header, but as a file of its own: as after a restored backup.
    await mkdir(join(base, 'other'));
    await writeFile(join(base, 'other/z.h'), '#define Z');
    const other = await store.put({ ...record, unit: 'b:c', key: 'k' }, join(base, 'other'));
    const copy = join(store.outputDirectory(other.output), 'z.h');
    await rm(copy);
    await writeFile(copy, '#define Z', { mode: 0o444 });
    await rewrite(join(store.outputDirectory(output), 'usr/include/zlib.h'), 'damage');
    expect(await repairOutput(store, output, 'contents')).toMatchObject({ state: 'restored' });
    expect(await store.check(output, 'contents')).toEqual([]);
  });

  test('is put aside when a file of it is nowhere else, and its record leads nowhere', async () => {
    const { store, output } = await damaged((root) => rewrite(join(root, 'usr/lib/libz.a'), 'x'));
    const repaired = await repairOutput(store, output, 'contents');
    expect(repaired).toMatchObject({ state: 'lost', faults: [{ path: 'usr/lib/libz.a' }] });
    expect(existsSync(join((repaired as { aside: string }).aside, 'usr/lib/libz.a'))).toBe(true);
    expect(await store.lookup('abc')).toBeUndefined();
    expect((await store.latest(record.unit))?.key).toBe('abc');
  });

  test('whose manifest is damaged gets it back from the tree', async () => {
    const { store, output } = await damaged(async () => {});
    await writeFile(store.layout.manifest(output), '[]');
    expect(await store.check(output, 'metadata')).toEqual([{ path: '', what: 'unreadable' }]);
    expect(await repairOutput(store, output, 'metadata')).toMatchObject({ state: 'restored' });
    expect(await store.check(output, 'contents')).toEqual([]);
  });
});

test('what cannot be kept is refused by name, and nothing of it stays', async () => {
  const { store, tree } = await storeWithTree('archive');
  await execa('mkfifo', [join(tree, 'usr/pipe')]);
  await expect(store.put(record, tree)).rejects.toThrow(
    /usr\/pipe is neither a file, a folder nor/,
  );
  expect(existsSync(store.layout.outputs)).toBe(false);
});

test('two processes that bring the same content leave one output', async () => {
  const { store } = await storeWithTree('x');
  const trees = await Promise.all(
    [1, 2, 3, 4].map(() => temporaryTree({ 'dest/a': 'same', 'dest/b/c': 'same' })),
  );
  const outputs = await Promise.all(
    trees.map((base, index) =>
      new Store(store.directory).put({ ...record, key: `k${index}` }, join(base, 'dest')),
    ),
  );
  expect(new Set(outputs.map((each) => each.output)).size).toBe(1);
  expect(await store.check(outputs[0]!.output, 'contents')).toEqual([]);
  expect(await readdir(store.layout.staging)).toEqual([]);
});
