import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StateLayout } from '../../../src/project/state-layout.js';
import { fetchSources } from '../../../src/source/fetch-sources.js';
import { readLock, writeLock } from '../../../src/source/lock-file.js';
import { lockSources } from '../../../src/source/lock-sources.js';
import { sourceIdentity } from '../../../src/source/source-identity.js';
import type { SourceSpec } from '../../../src/source/source-spec.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { diagnosticsOf, projectIn, recorder, temporaryFolder } from '../../support/sources.js';
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

test.skipIf(lacks(theNetwork))(
  'locks, fetches and unpacks what the distro has, and then needs no network',
  async () => {
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
  },
);

test.skipIf(lacks(theNetwork))(
  'refuses what the archive has under another hash than the lock’s',
  async () => {
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
    expect(diagnostic!.message).toBe(`${description.name} has the wrong SHA-256`);
    const details = diagnostic!.details!.join('\n');
    expect(details).toContain(`expected SHA-256 ${'d'.repeat(64)}`);
    expect(details).toContain(`found ${description.sha256}`);
    const left = await readdir(join(project.state.downloads, 'd'.repeat(64)));
    expect(left.filter((name) => !name.endsWith('.lock'))).toEqual([]);
  },
);

test.skipIf(lacks(theNetwork))(
  'the commands lock, fetch, mirror and list a recipe’s source',
  async () => {
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
    const alone = await stubforgeJson(['source', 'fetch', 'zlib', '--offline', ...shared], {
      state,
    });
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
  },
);
