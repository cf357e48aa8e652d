import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { StateLayout } from '../../../src/project/state-layout.js';
import { readDistro } from '../../../src/source/apt/apt-config.js';
import { fetchSources } from '../../../src/source/fetch-sources.js';
import { lockSources } from '../../../src/source/lock-sources.js';
import { mirrorSources } from '../../../src/source/mirror-sources.js';
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

const noNetwork = async () => {
  throw new Error('the network was asked');
};

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
    expect(diagnostic!.message).toMatch(/could not download sample_2\.0/);
    expect(diagnostic!.help).toContain('stubforge source lock --update');
  },
);
