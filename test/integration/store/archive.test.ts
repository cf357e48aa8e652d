import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as tar from 'tar';
import { describe, expect, test } from 'vitest';
import { withChecksum } from '../../../src/store/checksummed.js';
import { exportStore } from '../../../src/store/export-archive.js';
import { importStore } from '../../../src/store/import-archive.js';
import { type Manifest, treeName } from '../../../src/store/manifest.js';
import { repairStore } from '../../../src/store/repair-store.js';
import type { Store } from '../../../src/store/store.js';
import { isDamaged, verifyStore } from '../../../src/store/verify-store.js';
import { sha256 } from '../../../src/util/hash.js';
import { emptyStore, fill, keyOf, overwrite } from '../../support/filled-store.js';
import { temporaryTree } from '../../support/temporary.js';

async function filled() {
  const store = await emptyStore();
  await fill(store, 'a:native', 'a', { 'usr/lib/a': 'content of a', 'usr/lib/l': '-> a', c: 'c' });
  await fill(store, 'b:stubdom-i386', 'b', { 'usr/b': 'content of b', c: 'c' });
  const folder = await temporaryTree();
  return { store, folder };
}

const isEmpty = async (store: Store) => {
  for (const folder of ['keys', 'units', 'outputs', 'files', 'manifests', 'staging']) {
    const path = join(store.directory, folder);
    if (existsSync(path) && (await readdir(path)).length > 0) return false;
  }
  return true;
};

test.each(['x.tar', 'x.tar.gz', 'x.tar.zst'])(
  '%s carries outputs and records over',
  async (name) => {
    const { store, folder } = await filled();
    const file = join(folder, name);
    const exported = await exportStore(store, file, []);
    expect(exported).toEqual({
      units: ['a:native', 'b:stubdom-i386'],
      leftOut: [],
      outputs: 2,
      files: 3,
      bytes: 25,
    });
    const other = await emptyStore();
    expect(await importStore(other, file)).toEqual({ outputs: 2, known: 0, units: exported.units });
    const report = await verifyStore(other);
    expect(isDamaged(report)).toBe(false);
    expect(report).toMatchObject({ outputs: 2, records: 4, files: 3 });
    expect(await other.lookup(keyOf('a'))).toEqual(await store.lookup(keyOf('a')));
    expect(await importStore(other, file)).toMatchObject({ outputs: 2, known: 2 });
    expect(await readdir(other.layout.staging)).toEqual([]);
  },
);

test('the same outputs give the same archive, and only named units are in it', async () => {
  const { store, folder } = await filled();
  const [one, two] = [join(folder, '1.tar.gz'), join(folder, '2.tar.gz')];
  await exportStore(store, one, ['a:native']);
  await exportStore(store, two, ['a:native']);
  expect(sha256(await readFile(one))).toBe(sha256(await readFile(two)));
  const other = await emptyStore();
  expect((await importStore(other, one)).units).toEqual(['a:native']);
});

test('what the store has newer stays', async () => {
  const { store, folder } = await filled();
  const file = join(folder, 'x.tar');
  await exportStore(store, file, []);
  const newer = await fill(store, 'a:native', 'e', { 'usr/lib/a': 'newer' });
  await importStore(store, file);
  expect(await store.latest('a:native')).toEqual(newer);
});

test('a unit that was not built, a damaged output and an unknown suffix are refused', async () => {
  const { store, folder } = await filled();
  const file = join(folder, 'x.tar');
  await expect(exportStore(store, file, ['c:native'])).rejects.toThrow('no output of c:native');
  await expect(exportStore(store, join(folder, 'x.zip'), [])).rejects.toThrow(
    'does not say what kind',
  );
  const { output } = (await store.latest('a:native'))!;
  await overwrite(join(store.outputDirectory(output), 'usr/lib/a'), 'CONTENT OF A');
  await expect(exportStore(store, file, [])).rejects.toThrow('a:native is damaged');
  expect(await readdir(folder)).toEqual([]);
  await expect(exportStore(await emptyStore(), file, [])).rejects.toThrow('nothing to export');
  await expect(exportStore(store, '/proc/x.tar', ['b:stubdom-i386'])).rejects.toThrow(
    'no file can be made there',
  );
});

test('after a repair that could not save an output, the others are exported', async () => {
  const { store, folder } = await filled();
  const file = join(folder, 'x.tar');
  const { output } = (await store.latest('a:native'))!;
  await overwrite(join(store.outputDirectory(output), 'usr/lib/a'), 'CONTENT OF A');
  await expect(exportStore(store, file, [])).rejects.toThrow('a:native is damaged');
  expect((await repairStore(store)).rebuild).toEqual(['a:native']);
  expect(await exportStore(store, file, [])).toMatchObject({
    units: ['b:stubdom-i386'],
    leftOut: ['a:native'],
  });
  await expect(exportStore(store, file, ['a:native'])).rejects.toMatchObject({
    diagnostics: [{ id: 'store.missing-output', help: expect.stringContaining('build it first') }],
  });
});

test.each(['x.tar', 'x.tar.gz', 'x.tar.zst'])(
  'only an earlier export is replaced by %s',
  async (name) => {
    const { store, folder } = await filled();
    const file = join(folder, name);
    await writeFile(file, 'a thesis');
    await expect(exportStore(store, file, [])).rejects.toThrow(
      `${file} exists, and is not an archive that stubforge has exported`,
    );
    expect(await readFile(file, 'utf8')).toBe('a thesis');
    await rm(file);
    await exportStore(store, file, []);
    await expect(exportStore(store, file, [])).resolves.toMatchObject({ outputs: 2 });
  },
);

describe('of a damaged archive nothing is taken', () => {
  test.each([
    ['cut short', (file: string, size: number) => truncate(file, Math.floor(size * 0.7))],
    [
      'one byte of a file changed',
      async (file: string) => {
        const text = await readFile(file, 'latin1');
        await writeFile(file, text.replace('content of b', 'content oF b'), 'latin1');
      },
    ],
    [
      'one byte of a record changed',
      async (file: string) => {
        const text = await readFile(file, 'latin1');
        await writeFile(file, text.replace('"seconds":1', '"seconds":2'), 'latin1');
      },
    ],
    ['no archive at all', (file: string) => writeFile(file, 'x'.repeat(20_000))],
    ['empty', (file: string) => writeFile(file, '')],
  ])('%s', async (_what, damage) => {
    const { store, folder } = await filled();
    const file = join(folder, 'x.tar');
    await exportStore(store, file, []);
    await damage(file, (await readFile(file)).length);
    const other = await emptyStore();
    await expect(importStore(other, file)).rejects.toThrow(`nothing was imported from ${file}`);
    expect(await isEmpty(other)).toBe(true);
  });

  test.each(['x.tar.gz', 'x.tar.zst'])('cut short and compressed: %s', async (name) => {
    const { store, folder } = await filled();
    const file = join(folder, name);
    await exportStore(store, file, []);
    await truncate(file, (await readFile(file)).length - 40);
    const other = await emptyStore();
    await expect(importStore(other, file)).rejects.toThrow();
    expect(await isEmpty(other)).toBe(true);
  });

  test('not there', async () => {
    const store = await emptyStore();
    await expect(importStore(store, '/nowhere/x.tar')).rejects.toThrow('there is no file');
  });
});

describe('of a hostile archive nothing is taken', () => {
  /** An archive of these members, made as an attacker would: by hand, with all hashes right. */
  async function archive(members: Record<string, string>, more: string[] = []) {
    const folder = await temporaryTree(members);
    const file = join(await temporaryTree(), 'x.tar');
    await tar.create({ cwd: folder, file, portable: true, preservePaths: true }, [
      ...Object.keys(members),
      ...more,
    ]);
    return { file, folder };
  }

  const content = (text: string, path: string) => ({
    path,
    type: 'file' as const,
    executable: false,
    size: text.length,
    sha256: sha256(text),
  });

  function membersOf(manifest: Manifest, files: string[], record: object = {}) {
    const output = treeName(manifest);
    const key = keyOf('f');
    const checksummed = withChecksum({
      unit: 'x:native',
      key,
      parts: {},
      output,
      seconds: 1,
      ...record,
    });
    return {
      [`manifests/${output}.json`]: withChecksum(manifest),
      [`keys/${key}.json`]: checksummed,
      ...Object.fromEntries(files.map((text) => [`files/${sha256(text)}`, text])),
    };
  }

  test('the way these are made is right: one without malice is taken', async () => {
    const { file } = await archive(membersOf([content('good', 'good')], ['good']));
    expect(await importStore(await emptyStore(), file)).toMatchObject({ units: ['x:native'] });
  });

  test.each<[string, Record<string, string>, string]>([
    ['.. in a path', membersOf([content('bad', '../bad')], ['bad']), 'not a path inside a tree'],
    ['an absolute path', membersOf([content('bad', '/tmp/bad')], ['bad']), 'not a path inside'],
    [
      'a link to an absolute path',
      membersOf([{ path: 'l', type: 'symlink', target: '/etc/passwd' }], []),
      'leads out of its tree',
    ],
    [
      'a link out of the tree',
      membersOf(
        [
          { path: 'd', type: 'directory' },
          { path: 'd/l', type: 'symlink', target: '../../x' },
        ],
        [],
      ),
      'leads out of its tree',
    ],
    [
      'a file below a link',
      membersOf([{ path: 'l', type: 'symlink', target: 'd' }, content('bad', 'l/bad')], ['bad']),
      'is not listed before it',
    ],
    [
      'a path that is there twice',
      membersOf([content('a', 'p'), content('b', 'p')], ['a', 'b']),
      'is listed twice',
    ],
    [
      'a file that no list tells of',
      { ...membersOf([], []), [`files/${sha256('x')}`]: 'x' },
      'no manifest',
    ],
    ['a missing file', membersOf([content('gone', 'gone')], []), 'files are missing'],
    [
      'a file whose content is another',
      { ...membersOf([content('good', 'p')], []), [`files/${sha256('good')}`]: 'evil' },
      'does not match its name',
    ],
    [
      'a record without its output',
      membersOf([content('good', 'good')], ['good'], { output: keyOf('0') }),
      'the output of x:native is missing',
    ],
    [
      'a unit whose name is a path',
      membersOf([content('good', 'good')], ['good'], { unit: '../../x:native' }),
      'is damaged',
    ],
    ['another name', { 'etc/passwd': 'x' }, 'which is not part of any export'],
    ['nothing', { [`manifests/${treeName([])}.json`]: withChecksum([]) }, 'contains no records'],
  ])('%s', async (_what, members, reason) => {
    const { file } = await archive(members);
    const store = await emptyStore();
    await expect(importStore(store, file)).rejects.toThrow(reason);
    expect(await isEmpty(store)).toBe(true);
  });

  test('links in the archive itself', async () => {
    const { store, folder } = await filled();
    await exportStore(store, join(folder, 'x.tar'), []);
    await mkdir(join(folder, 'files'));
    const id = sha256('x');
    await execa('ln', ['-s', '/etc/passwd', join(folder, 'files', id)]);
    await tar.replace({ cwd: folder, file: join(folder, 'x.tar') }, [`files/${id}`]);
    const other = await emptyStore();
    await expect(importStore(other, join(folder, 'x.tar'))).rejects.toThrow('SymbolicLink');
    expect(await isEmpty(other)).toBe(true);
  });

  test('a member under a name that leads out, written raw', async () => {
    const { file } = await archive({ 'aa/../../passwd': 'x' });
    const store = await emptyStore();
    await expect(importStore(store, file)).rejects.toThrow('which is not part of any export');
    await copyFile(file, `${file}.gz`);
    await expect(importStore(store, `${file}.gz`)).rejects.toThrow('nothing was imported');
    await rm(file);
  });
});
