import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { type LockedSource, readLock, writeLock } from '../../../src/source/lock-file.js';
import { sourceIdentity } from '../../../src/source/source-identity.js';
import { diagnosticsOf, projectIn, temporaryFolder } from '../../support/sources.js';

const entry = (version: string, hash = 'a'): LockedSource => ({
  version,
  files: [{ name: 'x_1.dsc', size: 12, sha256: hash.repeat(64), path: 'pool/main/x/x/x_1.dsc' }],
  index: { origin: 'Debian', suite: 'bookworm', release: 'f'.repeat(64) },
});

test('is empty when there is no file', async () => {
  const lock = await readLock(projectIn(await temporaryFolder()));
  expect(lock.entries.size).toBe(0);
});

test('keeps what was written, in order, and does not touch an unchanged file', async () => {
  const project = projectIn(await temporaryFolder());
  const entries = new Map([
    ['debian:zlib', entry('1:1.2-1')],
    ['debian:musl', entry('1.10')],
  ]);
  await writeLock(project, entries);
  const text = await readFile(project.lockFile, 'utf8');
  expect(text.indexOf('debian:musl')).toBeLessThan(text.indexOf('debian:zlib'));
  expect((await readLock(project)).entries).toEqual(new Map([...entries].sort()));
  const before = await stat(project.lockFile);
  await writeLock(project, new Map([...entries].reverse()));
  expect((await stat(project.lockFile)).ino).toBe(before.ino);
});

test('takes from stubforge’s own lock what the project’s does not know', async () => {
  const project = projectIn(await temporaryFolder());
  await mkdir(dirname(project.builtinLockFile));
  await writeLock(
    { ...project, lockFile: project.builtinLockFile },
    new Map([
      ['debian:a', entry('1')],
      ['debian:b', entry('1')],
    ]),
  );
  await writeLock(project, new Map([['debian:b', entry('2')]]));
  const lock = await readLock(project);
  expect([...lock.entries].map(([id, { version }]) => `${id} ${version}`)).toEqual([
    'debian:a 1',
    'debian:b 2',
  ]);
  expect([...lock.own.keys()]).toEqual(['debian:b']);
});

test.each([
  ['broken YAML', 'format: 1\nsources: ]\n', 2],
  ['an unknown field', 'format: 1\nsources: {}\nbogus: 1\n', 3],
  ['a short hash', lockText('sha256: abc'), 8],
  ['a path out of the pool', lockText('path: pool/../../etc/passwd'), 9],
  ['a name that is a path', lockText('name: ../x'), 6],
])('names file, line and column of %s', async (_what, text, line) => {
  const project = projectIn(await temporaryFolder());
  await writeFile(project.lockFile, text);
  const [diagnostic] = await diagnosticsOf(readLock(project));
  expect(diagnostic!.span).toMatchObject({ file: project.lockFile, line });
  expect(diagnostic!.span!.column).toBeGreaterThan(0);
  expect(diagnostic!.help).toBeTruthy();
});

function lockText(replacement: string): string {
  const fields = {
    name: 'name: x_1.dsc',
    size: 'size: 12',
    sha256: `sha256: ${'a'.repeat(64)}`,
    path: 'path: pool/main/x/x_1.dsc',
  };
  const lines = Object.values({ ...fields, [replacement.split(':')[0]!]: replacement });
  return [
    'format: 1',
    'sources:',
    '  debian:x:',
    '    version: "1"',
    '    files:',
    ...lines.map((each, index) => `      ${index === 0 ? '-' : ' '} ${each}`),
    `    index: { suite: sid, release: ${'f'.repeat(64)} }`,
    '',
  ].join('\n');
}

test('identity: of the files’ hashes only, and none while unlocked', async () => {
  const project = projectIn(await temporaryFolder());
  const spec = { type: 'debian', package: 'x' } as const;
  const identity = async (locked?: LockedSource) => {
    if (locked) await writeLock(project, new Map([['debian:x', locked]]));
    return sourceIdentity(spec, await readLock(project));
  };
  expect(await identity()).toBeUndefined();
  const first = await identity(entry('1'));
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(await identity({ ...entry('1'), index: { suite: 'sid', release: 'e'.repeat(64) } })).toBe(
    first,
  );
  expect(await identity(entry('1', 'b'))).not.toBe(first);
  expect(await identity({ ...entry('1'), unpatched: true })).not.toBe(first);
});

test('identity of pinned sources needs no lock', async () => {
  const lock = { entries: new Map(), own: new Map() };
  const url = { type: 'url', url: 'http://a.example/x.tar', sha256: 'a'.repeat(64) } as const;
  const git = { type: 'git', url: 'http://a.example/x.git', commit: 'a'.repeat(40) } as const;
  const identities = [
    await sourceIdentity(url, lock),
    await sourceIdentity({ ...url, sha256: 'b'.repeat(64) }, lock),
    await sourceIdentity(git, lock),
    await sourceIdentity({ ...git, commit: 'b'.repeat(40) }, lock),
  ];
  expect(new Set(identities).size).toBe(4);
  expect(identities).not.toContain(undefined);
});
