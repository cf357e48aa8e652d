import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { StateLayout } from '../../../src/project/state-layout.js';
import { readDistro } from '../../../src/source/apt/apt-config.js';
import { fetchSources } from '../../../src/source/fetch-sources.js';
import { readLock, writeLock } from '../../../src/source/lock-file.js';
import { lockSources } from '../../../src/source/lock-sources.js';
import { mirrorSources } from '../../../src/source/mirror-sources.js';
import { sourceIdentity } from '../../../src/source/source-identity.js';
import type { SourceSpec } from '../../../src/source/source-spec.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { lacks } from '../../support/lacks.js';
import { buildPackage, type Key, makeKey, publish } from '../../support/source-archive.js';
import {
  diagnosticsOf,
  filesHandler,
  projectIn,
  recorder,
  serve,
  temporaryFolder,
} from '../../support/sources.js';
import { stubforgeJson, testState } from '../../support/stubforge.js';

const zlib: SourceSpec = { type: 'debian', package: 'zlib' };
const musl: SourceSpec = { type: 'debian', package: 'musl' };
const headers: SourceSpec = {
  type: 'debian-binary',
  package: 'linux-libc-dev',
  architecture: 'amd64',
};

const noNetwork = async () => {
  throw new Error('the network was asked');
};

test('locks, fetches and unpacks what the distro has, and then needs no network', async () => {
  const root = await temporaryFolder();
  const project = { ...projectIn(root), state: new StateLayout(testState) };
  const specs = [zlib, musl, headers];
  const { emit } = recorder();
  const lock = await lockSources(project, specs, { offline: false, emit });
  expect([...lock.own.keys()]).toEqual([
    'debian-binary:linux-libc-dev:amd64',
    'debian:musl',
    'debian:zlib',
  ]);
  const text = await readFile(project.lockFile, 'utf8');
  expect(text).not.toMatch(/https?:/);
  for (const entry of lock.own.values()) {
    expect(entry.index['signed-by']).toMatch(/^[0-9A-F]{40}$/);
    for (const file of entry.files) expect(file.path).toMatch(/^pool\//);
  }

  const again = await readLock(project);
  await lockSources(project, specs, { offline: true, emit, transport: noNetwork });
  await fetchSources(project, specs, again, { offline: true, emit, transport: noNetwork });
  const trees = await Promise.all(
    specs.map(async (spec) => {
      const dir = join(root, 'trees', spec.type, `${(spec as { package: string }).package}`);
      const { date } = await unpackSource(project, spec, again, dir);
      expect(date).toBeGreaterThan(1_500_000_000);
      expect(await sourceIdentity(spec, again)).toMatch(/^[0-9a-f]{64}$/);
      return dir;
    }),
  );
  const [zlibTree, muslTree, headerTree] = trees as [string, string, string];
  expect(existsSync(join(zlibTree, 'zlib.h'))).toBe(true);
  expect(existsSync(join(muslTree, 'src', 'string', 'memcpy.c'))).toBe(true);
  expect(existsSync(join(headerTree, 'usr', 'include', 'linux', 'types.h'))).toBe(true);
  const series = await readFile(join(zlibTree, 'debian/patches/series'), 'utf8');
  const names = series.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const applied = await readFile(join(zlibTree, '.pc/applied-patches'), 'utf8');
  expect(applied.trim().split('\n')).toEqual(names);
  expect(await readdir(join(root, 'trees'))).toEqual(['debian', 'debian-binary']);
});

test('refuses what the archive has under another hash than the lock’s', async () => {
  const root = await temporaryFolder();
  const project = projectIn(root);
  const { emit } = recorder();
  const good = await lockSources({ ...project, state: new StateLayout(testState) }, [zlib], {
    offline: false,
    emit,
  });
  const entry = good.own.get('debian:zlib')!;
  const description = entry.files.find((file) => file.name.endsWith('.dsc'))!;
  const files = [{ ...description, sha256: 'd'.repeat(64) }];
  await writeLock(project, new Map([['debian:zlib', { ...entry, files }]]));
  const lock = await readLock(project);
  const [diagnostic] = await diagnosticsOf(
    fetchSources(project, [zlib], lock, { offline: false, emit }),
  );
  expect(diagnostic!.message).toBe(`${description.name} has another SHA-256 than it should`);
  const details = diagnostic!.details!.join('\n');
  expect(details).toContain(`expected SHA-256 ${'d'.repeat(64)}`);
  expect(details).toContain(`found ${description.sha256}`);
  const left = await readdir(join(project.state.downloads, 'd'.repeat(64)));
  expect(left.filter((name) => !name.endsWith('.lock'))).toEqual([]);
});

test('the commands lock, fetch, mirror and list a recipe’s source', async () => {
  const root = await temporaryFolder();
  const mirror = join(root, 'mirror');
  const shared = ['-C', root];
  const locked = await stubforgeJson<{ lockFile: string }>([
    'source',
    'lock',
    '--update',
    'zlib',
    ...shared,
  ]);
  expect(locked.exitCode, locked.stderr).toBe(0);
  expect(locked.value.lockFile).toBe(join(root, 'stubforge.lock'));
  expect(existsSync(join(root, 'stubforge.lock'))).toBe(true);

  const mirrored = await stubforgeJson(['source', 'mirror', mirror, 'zlib', ...shared]);
  expect(mirrored.exitCode, mirrored.stderr).toBe(0);
  expect(existsSync(join(mirror, 'pool'))).toBe(true);

  const state = join(root, 'state');
  const alone = await stubforgeJson(['source', 'fetch', 'zlib', '--offline', ...shared], { state });
  expect(alone.exitCode).toBe(1);
  const environment = { STUBFORGE_MIRROR: mirror };
  const fetched = await stubforgeJson(['source', 'fetch', 'zlib', '--offline', ...shared], {
    state,
    environment,
  });
  expect(fetched.exitCode, fetched.stdout).toBe(0);
  const listed = await stubforgeJson<{ sources: { id: string; state: string }[] }>(
    ['source', 'list', 'zlib', ...shared],
    { state },
  );
  expect(listed.value.sources).toMatchObject([{ id: 'debian:zlib', state: 'downloaded' }]);
});

/** Makes these entries all that apt knows on this machine, for the running test. */
async function configureApt(root: string, entries: Record<string, string>) {
  const parts = join(root, 'sources.list.d');
  await mkdir(parts);
  for (const [name, text] of Object.entries(entries)) await writeFile(join(parts, name), text);
  const file = join(root, 'apt.conf');
  await writeFile(
    file,
    `Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "${parts}";\n` +
      'Acquire::http::Proxy "DIRECT";\nAcquire::Check-Valid-Until "false";\n',
  );
  const before = process.env.APT_CONFIG;
  process.env.APT_CONFIG = file;
  onTestFinished(() => {
    if (before === undefined) delete process.env.APT_CONFIG;
    else process.env.APT_CONFIG = before;
  });
}

async function testKey(dir: string): Promise<Key> {
  const key = await makeKey(dir);
  onTestFinished(() => key.forget());
  return key;
}

test.skipIf(lacks('gpg'))(
  'takes only what apt vouches for, and finds a way around holes',
  async () => {
    const root = await temporaryFolder();
    const project = projectIn(root);
    const key = await testKey(join(root, 'key'));
    const stranger = await testKey(join(root, 'stranger'));
    const origin = (await readDistro()).names[0]!;
    const one = { version: '1.0-1', files: await buildPackage(root, '1.0-1') };
    const two = { version: '2.0-1', files: await buildPackage(root, '2.0-1') };
    const nine = { version: '9.0-1', files: await buildPackage(root, '9.0-1') };

    const files = new Map([
      ...(await publish('distro', { origin, suite: 'stable', packages: [one] }, key.sign)),
      ...(await publish('security', { origin, suite: 'stable', packages: [two] }, key.sign)),
      // Each of the following has the newest version, and none of them must be taken.
      ...(await publish(
        'other',
        { origin: 'Vendor', suite: 'stable', packages: [nine] },
        key.sign,
      )),
      ...(await publish('forged', { origin, suite: 'stable', packages: [nine] }, stranger.sign)),
      ...(await publish(
        'unsigned',
        { origin, suite: 'stable', packages: [nine] },
        async (text) => text,
      )),
    ]);
    const hole = '/security/pool/main/s/sample/sample_2.0-1.debian.tar.xz';
    expect(files.delete(hole)).toBe(true);
    const server = await serve(filesHandler(files));
    const entry = (name: string) =>
      `Types: deb\nURIs: ${server.uri}/${name}\nSuites: stable\nComponents: main\nSigned-By: ${key.keyring}\n`;
    await configureApt(root, {
      'a.list': `deb [signed-by=${key.keyring}] ${server.uri}/distro/ stable main\n`,
      'b.sources': entry('security'),
      'c.sources': entry('other'),
      'd.sources': entry('forged'),
      'e.list': `deb [trusted=yes] ${server.uri}/unsigned stable main\n`,
      'f.sources': entry('gone'),
      'g.list': `deb http://127.0.0.1:9/vendor vendor-suite vendor\n`,
    });

    const sample: SourceSpec = { type: 'debian', package: 'sample' };
    const { emit, events } = recorder();
    const lock = await lockSources(project, [sample], { offline: false, emit });
    const locked = lock.own.get('debian:sample')!;
    expect(locked.version).toBe('1.0-1');
    expect(locked.index).toMatchObject({ origin, suite: 'stable', 'signed-by': key.fingerprint });
    expect(locked['passed-over']).toEqual([
      '2.0-1 (stable): sample_2.0-1.debian.tar.xz is listed, but not there',
    ]);
    const warnings = events
      .flatMap((event) => (event.type === 'warning' ? [event.diagnostic] : []))
      .map((diagnostic) => diagnostic.message)
      .sort();
    expect(warnings).toHaveLength(4);
    for (const name of ['forged', 'gone', 'unsigned']) {
      expect(warnings.filter((message) => message.includes(`/${name} `))).toHaveLength(1);
    }
    expect(events).toContainEqual({
      type: 'note',
      message: expect.stringContaining('127.0.0.1:9/vendor vendor-suite'),
    });

    const tree = join(root, 'tree');
    expect(await unpackSource(project, sample, lock, tree)).toEqual({ date: 1_000_000_000 });
    expect(await readFile(join(tree, 'hello.c'), 'utf8')).toBe('after\n');

    // Once the hole is filled, an update takes the newer version; nothing else would.
    files.set(hole, two.files.get('sample_2.0-1.debian.tar.xz')!);
    const same = await lockSources(project, [sample], { offline: false, emit });
    expect(same.own.get('debian:sample')!.version).toBe('1.0-1');
    const updated = await lockSources(project, [sample], { offline: false, emit, update: true });
    expect(updated.own.get('debian:sample')).toMatchObject({ version: '2.0-1' });
    expect(updated.own.get('debian:sample')).not.toHaveProperty('passed-over');

    // When an archive does not answer, what it had is not given up for something older.
    const release = files.get('/security/dists/stable/InRelease')!;
    files.delete('/security/dists/stable/InRelease');
    const kept = await lockSources(project, [sample], { offline: false, emit, update: true });
    expect(kept.own.get('debian:sample')!.version).toBe('2.0-1');
    files.set('/security/dists/stable/InRelease', release);

    // Another machine fetches what is locked by its own entries, or from a mirror folder.
    const other = { ...project, state: new StateLayout(join(root, 'other')) };
    await fetchSources(other, [sample], updated, { offline: false, emit });
    const mirror = join(root, 'mirror');
    await mirrorSources(other, updated, [sample], mirror);
    const third = { ...project, state: new StateLayout(join(root, 'third')) };
    await fetchSources(third, [sample], updated, {
      offline: true,
      emit,
      mirror,
      transport: noNetwork,
    });
    await unpackSource(third, sample, updated, join(root, 'tree-2'));

    // A version that has left the archive is named, with what to do about it.
    for (const path of files.keys()) if (path.includes('sample_2.0')) files.delete(path);
    const fourth = { ...project, state: new StateLayout(join(root, 'fourth')) };
    const [diagnostic] = await diagnosticsOf(
      fetchSources(fourth, [sample], updated, { offline: false, emit }),
    );
    expect(diagnostic!.message).toMatch(/sample_2\.0\S+ could not be downloaded/);
    expect(diagnostic!.help).toContain('stubforge source lock --update');
  },
);
