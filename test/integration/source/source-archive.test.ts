import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { downloadPath } from '../../../src/source/download.js';
import { urlFile } from '../../../src/source/fetch-sources.js';
import type { ArchiveLimits } from '../../../src/source/source-archive.js';
import type { SourceSpec } from '../../../src/source/source-spec.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { sha256 } from '../../../src/util/hash.js';
import {
  diagnosticsOf,
  makeTar,
  projectIn,
  type TestMember,
  temporaryFolder,
} from '../../support/sources.js';

const noLock = { entries: new Map(), own: new Map() };

/** Unpacks an archive that was "downloaded" from a URL, and gives the folder around the tree. */
async function unpack(archive: Buffer, options: { name?: string; limits?: ArchiveLimits } = {}) {
  const root = await temporaryFolder();
  const project = projectIn(root);
  const spec: SourceSpec & { type: 'url' } = {
    type: 'url',
    url: `http://unused.example/${options.name ?? 'x.tar.gz'}`,
    sha256: sha256(archive),
  };
  const path = downloadPath(project.state, urlFile(spec));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, archive);
  const around = join(root, 'around');
  const tree = join(around, 'tree');
  return { around, tree, work: unpackSource(project, spec, noLock, tree, options) };
}

/** The message with which the members are refused; checks that nothing is left of them. */
async function refusal(members: TestMember[], limits?: ArchiveLimits): Promise<string> {
  const { work, around } = await unpack(gzipSync(makeTar(members)), { limits });
  const [diagnostic] = await diagnosticsOf(work);
  expect(await readdir(around)).toEqual([]);
  return diagnostic!.message;
}

const link = (path: string, linkpath: string): TestMember => ({
  path,
  type: 'SymbolicLink',
  linkpath,
});
const file = (path: string, content = 'content'): TestMember => ({ path, content });
const folder = (path: string): TestMember => ({ path: `${path}/`, type: 'Directory' });

test('unpacks files, folders and links, without the one top folder', async () => {
  const { work, tree } = await unpack(
    gzipSync(
      makeTar([
        folder('x-1'),
        file('x-1/a', 'aaa'),
        folder('x-1/sub'),
        link('x-1/sub/up', '../a'),
        link('x-1/dangling', 'nowhere'),
        link('x-1/loop', 'loop'),
        { path: 'x-1/hard', type: 'Link', linkpath: 'x-1/a' },
      ]),
    ),
  );
  expect(await work).toEqual({ date: 1_000_000_000 });
  expect((await readdir(tree)).sort()).toEqual(['a', 'dangling', 'hard', 'loop', 'sub']);
  expect(await readFile(join(tree, 'sub/up'), 'utf8')).toBe('aaa');
  expect(await readFile(join(tree, 'hard'), 'utf8')).toBe('aaa');
  expect(await readlink(join(tree, 'dangling'))).toBe('nowhere');
  expect((await lstat(join(tree, 'a'))).mode & 0o777).toBe(0o644);
});

test('keeps the top level of an archive without one top folder', async () => {
  const { work, tree } = await unpack(gzipSync(makeTar([file('x/a'), file('./y/b'), file('c')])));
  await work;
  expect((await readdir(tree)).sort()).toEqual(['c', 'x', 'y']);
});

test.each(['gzip', 'xz', 'bzip2', 'zstd', 'cat'])('knows what %s has packed', async (program) => {
  const { stdout } = await execa(program, program === 'cat' ? [] : ['-c'], {
    input: makeTar([file('x/a'), file('x/b')]),
    encoding: 'buffer',
  });
  const { work, tree } = await unpack(Buffer.from(stdout), { name: 'no-telling-name' });
  await work;
  expect((await readdir(tree)).sort()).toEqual(['a', 'b']);
});

test.each<[string, TestMember[], string]>([
  ['an absolute name', [file('/etc/evil')], '"/etc/evil" has an absolute name'],
  ["'..' in a name", [file('x/../../evil')], "has '..' in its name"],
  ["'..' hidden in the middle", [file('x/a/../b')], "has '..' in its name"],
  [
    'a link to an absolute path',
    [file('x/a'), link('x/l', '/etc')],
    'link that leads out of the tree',
  ],
  [
    'a link out of the tree',
    [file('x/a'), link('x/l', '../../etc')],
    'link that leads out of the tree',
  ],
  ['a link to beside the top folder', [file('x/a'), link('x/l', '../other')], 'out of the tree'],
  [
    'a link out of the tree through another link',
    [file('x/d/e/f'), link('x/in', 'd/e'), link('x/out', 'in/../../../etc')],
    '"x/out" is a link that leads out of the tree',
  ],
  [
    'a link that looks inside but is not',
    [file('x/a/b/c'), link('x/a/b/up', '../..'), link('x/out', 'a/b/up/../etc')],
    '"x/out" is a link that leads out of the tree',
  ],
  [
    'a file below a link',
    [link('x/l', 'd'), file('x/l/evil'), file('x/d/a')],
    'is below a symbolic link',
  ],
  ['a file below a later link', [file('x/l/evil'), link('x/l', 'd')], 'is below a symbolic link'],
  [
    'a link below a link',
    [link('x/l', '.'), link('x/l/m', 'a'), file('x/a')],
    'is below a symbolic link',
  ],
  ['a link replaced by a file', [link('x/l', 'a'), file('x/l')], 'appears twice'],
  ['a file replaced by a link', [file('x/l'), link('x/l', 'a')], 'appears twice'],
  [
    'a hard link out of the tree',
    [file('x/a'), { path: 'x/h', type: 'Link', linkpath: '../../etc/passwd' }],
    "has '..' in its name",
  ],
  [
    'a hard link to an absolute path',
    [file('x/a'), { path: 'x/h', type: 'Link', linkpath: '/etc/passwd' }],
    'has an absolute name',
  ],
  [
    'a hard link to what is not in the archive',
    [file('x/a'), { path: 'x/h', type: 'Link', linkpath: 'x/b' }],
    'not an earlier file',
  ],
  ['a device', [file('x/a'), { path: 'x/d', type: 'CharacterDevice' }], '"x/d" is a device'],
  ['a block device', [file('x/a'), { path: 'x/d', type: 'BlockDevice' }], '"x/d" is a device'],
  ['a named pipe', [file('x/a'), { path: 'x/p', type: 'FIFO' }], '"x/p" is a named pipe'],
  ['a sparse file', [file('x/a'), { path: 'x/s', type: 'SparseFile' }], '"x/s" is a sparse file'],
  [
    'a sparse file in a pax header',
    [
      {
        path: 'PaxHeader/a',
        type: 'ExtendedHeader',
        content: '22 GNU.sparse.major=1\n28 GNU.sparse.name=../evil\n',
      },
      file('x/a'),
    ],
    'sparse files',
  ],
  ['nothing', [], 'not a valid tar archive'],
])('refuses %s, and leaves nothing', async (_what, members, message) => {
  expect(await refusal(members)).toContain(message);
});

test('refuses more members than the limit', async () => {
  const members = Array.from({ length: 20 }, (_each, index) => file(`x/${index}`));
  expect(await refusal(members, { entries: 10 })).toContain('more than 10 members');
});

test('refuses a member that claims more than the limit without reading it', async () => {
  const members = [file('x/a'), { path: 'x/b', size: 5 * 1024 ** 3, content: 'short' }];
  expect(await refusal(members)).toContain('unpacks to more than 4294967296 bytes');
});

/** A tar of one file of zeros, packed to a thousandth. */
async function bomb(mebibytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: 9 });
  const size = mebibytes * 1024 ** 2;
  const parts: Buffer[] = [];
  gzip.on('data', (part: Buffer) => parts.push(part));
  const ended = new Promise((resolve) => gzip.once('end', resolve));
  gzip.write(makeTar([{ path: 'x/zeros', size }]).subarray(0, 512));
  const zeros = Buffer.alloc(16 * 1024 ** 2);
  for (let written = 0; written < size; written += zeros.length) {
    if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  gzip.end(Buffer.alloc(1024));
  await ended;
  return Buffer.concat(parts);
}

test('stops at a bomb by the ratio of its sizes', async () => {
  const archive = await bomb(512);
  const { work, around } = await unpack(archive);
  const [diagnostic] = await diagnosticsOf(work);
  expect(diagnostic!.message).toContain('more than 200 times its size');
  expect(await readdir(around)).toEqual([]);
}, 60_000);

test('refuses a source package for one member of one of its archives', async () => {
  const root = await temporaryFolder();
  const project = projectIn(root);
  const archive = gzipSync(makeTar([file('x-1/a'), link('x-1/l', '/etc')]));
  const description = Buffer.from('Format: 3.0 (quilt)\nSource: x\nVersion: 1-1\n');
  const files = [];
  for (const [name, content] of [
    ['x_1-1.dsc', description],
    ['x_1.orig.tar.gz', archive],
  ] as const) {
    const entry = { name, size: content.length, sha256: sha256(content), path: `pool/${name}` };
    await mkdir(dirname(downloadPath(project.state, entry)), { recursive: true });
    await writeFile(downloadPath(project.state, entry), content);
    files.push(entry);
  }
  const index = { suite: 'stable', release: 'f'.repeat(64) };
  const own = new Map([['debian:x', { version: '1-1', files, index }]]);
  const around = join(root, 'around');
  const [diagnostic] = await diagnosticsOf(
    unpackSource(
      project,
      { type: 'debian', package: 'x' },
      { entries: own, own },
      join(around, 'tree'),
    ),
  );
  expect(diagnostic!.message).toContain('cannot use x_1.orig.tar.gz: its member "x-1/l"');
  expect(await readdir(around)).toEqual([]);
});

test('a damaged archive is told from a hostile one', async () => {
  const whole = gzipSync(makeTar([file('x/a', 'a'.repeat(100_000)), file('x/b')]));
  const { work, around } = await unpack(whole.subarray(0, whole.length - 40));
  const [diagnostic] = await diagnosticsOf(work);
  expect(diagnostic!.message).toContain('gzip failed');
  expect(existsSync(join(around, 'tree'))).toBe(false);
});

test('never unpacks over a folder that exists', async () => {
  const { work, tree } = await unpack(gzipSync(makeTar([file('x/a')])));
  await work;
  const again = await unpack(gzipSync(makeTar([file('x/a')])));
  await again.work;
  const diagnostic = diagnosticsOf(
    unpackSource(projectIn('/nowhere'), { type: 'local', path: '/nowhere' }, noLock, tree),
  );
  expect((await diagnostic)[0]!.message).toContain('already exists');
  expect(await readdir(tree)).toEqual(['a']);
});
