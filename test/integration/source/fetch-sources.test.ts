import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fetchSources, urlFile } from '../../../src/source/fetch-sources.js';
import { listSources } from '../../../src/source/list-sources.js';
import { lockSources } from '../../../src/source/lock-sources.js';
import { mirrorSources } from '../../../src/source/mirror-sources.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { sha256 } from '../../../src/util/hash.js';
import {
  diagnosticsOf,
  filesHandler,
  makeTar,
  projectIn,
  recorder,
  serve,
  temporaryFolder,
} from '../../support/sources.js';

const noLock = { entries: new Map(), own: new Map() };
const archive = gzipSync(makeTar([{ path: 'x-1/a', content: 'a' }]));

async function setUp() {
  const root = await temporaryFolder();
  const server = await serve(filesHandler(new Map([['/x-1.tar.gz', archive]])));
  const url = `${server.uri}/x-1.tar.gz`;
  const spec = { type: 'url', url, sha256: sha256(archive) } as const;
  return { root, server, spec, project: projectIn(root), ...recorder() };
}

test('a source by URL is fetched on locking, needs no entry, and unpacks', async () => {
  const { root, server, spec, project, emit } = await setUp();
  expect(await listSources(project, [spec], noLock)).toMatchObject([{ state: 'not downloaded' }]);
  const lock = await lockSources(project, [spec], { offline: false, emit });
  expect(lock.entries.size).toBe(0);
  await fetchSources(project, [spec], lock, { offline: true, emit });
  expect(server.requests).toHaveLength(1);
  expect(await listSources(project, [spec], lock)).toMatchObject([
    { state: 'downloaded', bytes: archive.length },
  ]);
  expect(await unpackSource(project, spec, lock, join(root, 'tree'))).toEqual({
    date: 1_000_000_000,
  });
  expect(await readdir(join(root, 'tree'))).toEqual(['a']);
});

test('a mirror folder stands in for the network', async () => {
  const { root, server, spec, project, emit } = await setUp();
  await fetchSources(project, [spec], noLock, { offline: false, emit });
  const mirror = join(root, 'mirror');
  const mirrored = await mirrorSources(project, noLock, [spec], mirror);
  expect(mirrored).toEqual({ files: 1, commits: 0, bytes: archive.length });
  const other = projectIn(join(root, 'other'));
  await fetchSources(other, [spec], noLock, { offline: true, emit, mirror });
  expect(await listSources(other, [spec], noLock)).toMatchObject([{ state: 'downloaded' }]);
  expect(server.requests).toHaveLength(1);
});

test('tells everything that is missing at once, with the remedy', async () => {
  const { spec, project, emit, server } = await setUp();
  const second = { ...spec, url: `${server.uri}/y.tar.gz`, sha256: 'e'.repeat(64) };
  const [diagnostic] = await diagnosticsOf(
    fetchSources(project, [spec, second], noLock, { offline: true, emit }),
  );
  expect(diagnostic!.details).toEqual([
    `url:${spec.url}: x-1.tar.gz`,
    `url:${second.url}: y.tar.gz`,
  ]);
  expect(diagnostic!.help).toContain('stubforge source fetch');
  expect(server.requests).toEqual([]);

  const third = { ...second, url: `${server.uri}/z.tar.gz`, sha256: 'd'.repeat(64) };
  const diagnostics = await diagnosticsOf(
    fetchSources(project, [spec, second, third], noLock, { offline: false, emit }),
  );
  expect(diagnostics.map((each) => each.message.split(' ').at(-1)).sort()).toEqual([
    'y.tar.gz',
    'z.tar.gz',
  ]);
  expect(await listSources(project, [spec], noLock)).toMatchObject([{ state: 'downloaded' }]);
});

test('says that a distro source has to be locked first', async () => {
  const { project, emit } = await setUp();
  const spec = { type: 'debian', package: 'x' } as const;
  const [diagnostic] = await diagnosticsOf(
    fetchSources(project, [spec], noLock, { offline: false, emit }),
  );
  expect(diagnostic).toEqual({
    id: 'source.not-locked',
    message: 'the source debian:x is not locked',
    help: 'run: stubforge source lock',
  });
  const [offline] = await diagnosticsOf(lockSources(project, [spec], { offline: true, emit }));
  expect(offline!.message).toContain('looking into the archives: debian:x');
});

test.each([
  ['http://a.example/x/..', 'download'],
  ['http://a.example/x/%2e%2e%2fetc', '_2e_2e_2fetc'],
  ['http://a.example/x/foo-1.0.tar.gz?download=1', 'foo-1.0.tar.gz'],
  ['http://a.example/-rf', 'rf'],
])('the file name of %s is %s', (url, name) => {
  expect(urlFile({ type: 'url', url, sha256: 'A'.repeat(64) })).toEqual({
    name,
    sha256: 'a'.repeat(64),
  });
});
