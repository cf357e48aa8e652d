import pLimit from 'p-limit';
import { expect, test } from 'vitest';
import { StateLayout } from '../../../../src/project/state-layout.js';
import { type Candidate, orderCandidates } from '../../../../src/source/apt/candidates.js';
import { chooseCandidate } from '../../../../src/source/lock-sources.js';
import { createTransport } from '../../../../src/source/transport.js';
import { sha256 } from '../../../../src/util/hash.js';
import {
  diagnosticsOf,
  filesHandler,
  recorder,
  serve,
  temporaryFolder,
} from '../../../support/sources.js';

const spec = { type: 'debian', package: 'x' } as const;

/** A candidate whose files hold their own names. */
function candidate(version: string, suite: string, names: string[], more: Partial<Candidate> = {}) {
  return {
    version,
    files: names.map((name) => ({
      name,
      size: name.length,
      sha256: sha256(name),
      path: `pool/${name}`,
    })),
    index: { suite, release: 'f'.repeat(64) },
    baseUris: ['http://unused.example'],
    automatic: true,
    ...more,
  } satisfies Candidate;
}

test('orders by dpkg’s rules, automatic suites first, and merges what is listed twice', () => {
  const ordered = orderCandidates([
    candidate('1.9-1', 'stable', ['a']),
    candidate('2.0~rc1-1', 'stable-updates', ['d']),
    candidate('9.0-1', 'stable-backports', ['b'], { automatic: false }),
    candidate('1.10-1', 'stable-security', ['c'], { baseUris: ['http://s.example'] }),
    candidate('1.10-1', 'stable', ['c'], { baseUris: ['http://m.example'] }),
    candidate('2.0-1', 'stable', ['e']),
    candidate('1:0.1-1', 'stable', ['f']),
  ]);
  expect(ordered.map(({ version }) => version)).toEqual([
    '1:0.1-1',
    '2.0-1',
    '2.0~rc1-1',
    '1.10-1',
    '1.9-1',
    '9.0-1',
  ]);
  expect(ordered[3]!.baseUris).toEqual(['http://m.example', 'http://s.example']);
});

async function choose(candidates: Candidate[], there: string[]) {
  const server = await serve(
    filesHandler(new Map(there.map((name) => [`/debian/pool/${name}`, name]))),
  );
  const { emit, events } = recorder();
  const state = new StateLayout(await temporaryFolder());
  const options = { state, transport: createTransport(), emit, backoff: 1 };
  const served = candidates.map((each) => ({ ...each, baseUris: [`${server.uri}/debian`] }));
  return { work: chooseCandidate(spec, served, options, pLimit(4)), events };
}

const newer = candidate('2-1', 'security', ['x_2-1.dsc', 'x_2.orig.tar.xz', 'x_2-1.debian.tar.xz']);
const older = candidate('1-1', 'stable', ['x_1-1.dsc', 'x_1.orig.tar.gz', 'x_1-1.diff.gz']);

test('takes the newest when all of it is there, without a word', async () => {
  const { work, events } = await choose(
    [newer, older],
    newer.files.map(({ name }) => name),
  );
  expect(await work).toEqual({ version: '2-1', files: newer.files, index: newer.index });
  expect(events.filter((event) => event.type === 'warning')).toEqual([]);
});

test('passes over a version with a hole, and says so', async () => {
  const there = [...older.files.map(({ name }) => name), 'x_2-1.dsc', 'x_2.orig.tar.xz'];
  const { work, events } = await choose([newer, older], there);
  const entry = await work;
  expect(entry.version).toBe('1-1');
  expect(entry['passed-over']).toEqual([
    '2-1 (security): x_2-1.debian.tar.xz is listed, but not there',
  ]);
  expect(events.filter((event) => event.type === 'warning')).toMatchObject([
    { diagnostic: { details: entry['passed-over'] } },
  ]);
});

test('takes the upstream archive alone as a last resort', async () => {
  const { work, events } = await choose([newer, older], ['x_1.orig.tar.gz', 'x_1-1.dsc']);
  const entry = await work;
  expect(entry.unpatched).toBe(true);
  expect(entry.files.map(({ name }) => name)).toEqual(['x_1.orig.tar.gz']);
  expect(entry['passed-over']).toHaveLength(2);
  expect(events.filter((event) => event.type === 'warning')).toHaveLength(1);
});

test('fails with all that was tried when nothing is there, or nothing is known', async () => {
  const { work } = await choose([newer, older], []);
  expect((await diagnosticsOf(work))[0]!.details).toHaveLength(2);
  const unknown = await choose([], []);
  expect((await diagnosticsOf(unknown.work))[0]!.message).toContain("source package 'x'");
});

test('a server in trouble is no hole: nothing older is taken for it', async () => {
  const server = await serve((_request, response) => response.writeHead(500).end());
  const { emit } = recorder();
  const options = {
    state: new StateLayout(await temporaryFolder()),
    transport: createTransport(),
    emit,
    backoff: 1,
  };
  const served = [newer, older].map((each) => ({ ...each, baseUris: [server.uri] }));
  const [diagnostic] = await diagnosticsOf(chooseCandidate(spec, served, options, pLimit(4)));
  expect(diagnostic!.details![0]).toContain('HTTP status 500');
  expect(server.requests.every((path) => path.includes('x_2'))).toBe(true);
});
