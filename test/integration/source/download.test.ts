import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { StateLayout } from '../../../src/project/state-layout.js';
import {
  type DownloadOptions,
  download,
  downloadPath,
  takeFromMirror,
  verifiedDownload,
} from '../../../src/source/download.js';
import { createTransport } from '../../../src/source/transport.js';
import { sha256 } from '../../../src/util/hash.js';
import {
  diagnosticsOf,
  filesHandler,
  recorder,
  serve,
  temporaryFolder,
} from '../../support/sources.js';
import { until } from '../../support/until.js';

const content = Buffer.from('0123456789'.repeat(20_000));
const wanted = { name: 'x.tar', sha256: sha256(content), size: content.length };

async function setUp() {
  const state = new StateLayout(await temporaryFolder());
  const { emit, events } = recorder();
  const options: DownloadOptions = { state, transport: createTransport(), emit, backoff: 1 };
  return { state, options, events, path: downloadPath(state, wanted) };
}

const good = filesHandler(new Map([['/x.tar', content]]));

test('falls through places that have not got the file, and tells how far it is', async () => {
  const { options, path, events } = await setUp();
  const empty = await serve(filesHandler(new Map()));
  const full = await serve(good);
  expect(await download(wanted, [`${empty.uri}/x.tar`, `${full.uri}/x.tar`], options)).toBe(path);
  expect(sha256(await readFile(path))).toBe(wanted.sha256);
  expect(empty.requests).toHaveLength(1);
  expect(events.at(0)).toEqual({ type: 'download-start', file: 'x.tar', total: content.length });
  expect(events.filter((event) => event.type === 'download-start')).toHaveLength(1);
  expect(events.at(-1)).toEqual({ type: 'download-done', file: 'x.tar', bytes: content.length });
  // A second time nobody is asked.
  await download(wanted, [`${full.uri}/x.tar`], options);
  expect(full.requests).toHaveLength(1);
});

test('says which places were asked when none has the file, and leaves nothing', async () => {
  const { options, path } = await setUp();
  const empty = await serve(filesHandler(new Map()));
  const failure = download(wanted, [`${empty.uri}/a`, `${empty.uri}/b`], options);
  await expect(failure).rejects.toMatchObject({ missing: true });
  const [diagnostic] = await diagnosticsOf(failure);
  expect(diagnostic!.message).toContain('x.tar');
  expect(diagnostic!.details).toEqual([
    `${empty.uri}/a: HTTP status 404`,
    `${empty.uri}/b: HTTP status 404`,
  ]);
  expect((await readdir(dirname(path))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
});

test('tries again after a server error and after a connection that breaks', async () => {
  const { options, path } = await setUp();
  let round = 0;
  const server = await serve((request, response) => {
    round += 1;
    if (round === 1) response.writeHead(503).end();
    else if (round === 2) {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 50_000), () => response.destroy());
    } else good(request, response);
  });
  await download(wanted, [`${server.uri}/x.tar`], options);
  expect(sha256(await readFile(path))).toBe(wanted.sha256);
  expect(server.requests).toHaveLength(3);
});

test('goes on behind a partial download where the server can', async () => {
  const { options, path } = await setUp();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, content.subarray(0, 60_000));
  const ranges: (string | undefined)[] = [];
  const server = await serve((request, response) => {
    ranges.push(request.headers.range);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
    });
    response.end(content.subarray(from));
  });
  await download(wanted, [`${server.uri}/x.tar`], options);
  expect(ranges).toEqual(['bytes=60000-']);
  expect(sha256(await readFile(path))).toBe(wanted.sha256);
});

test('starts anew when the partial download was not the beginning of the file', async () => {
  const { options, path } = await setUp();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, Buffer.alloc(60_000, 'z'));
  const server = await serve((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { 'content-range': `bytes ${from}-9/9` });
    response.end(content.subarray(from));
  });
  await download(wanted, [`${server.uri}/x.tar`], options);
  expect(sha256(await readFile(path))).toBe(wanted.sha256);
});

test('refuses other bytes than the hash speaks of, and removes them', async () => {
  const { options, path } = await setUp();
  const other = Buffer.from(content).fill('x', 5, 6);
  const server = await serve(filesHandler(new Map([['/x.tar', other]])));
  const failure = download(wanted, [`${server.uri}/x.tar`], options);
  await expect(failure).rejects.toMatchObject({ missing: false });
  const [diagnostic] = await diagnosticsOf(failure);
  expect(diagnostic!.message).toBe('x.tar has the wrong SHA-256');
  expect(diagnostic!.details!.join('\n')).toContain(`expected SHA-256 ${wanted.sha256}`);
  expect(diagnostic!.details!.join('\n')).toContain(`found ${sha256(other)}`);
  expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false);
});

test('stops reading a server that sends more than the file can have', async () => {
  const { options, path } = await setUp();
  const server = await serve((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  });
  const [diagnostic] = await diagnosticsOf(download(wanted, [`${server.uri}/x.tar`], options));
  expect(diagnostic!.details![0]).toContain(`more than ${content.length} bytes`);
  expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false);
});

test('asks once for what several want at the same time', async () => {
  const { options, path } = await setUp();
  const server = await serve((request, response) => {
    // Time for the others to ask, if they were to.
    setTimeout(() => good(request, response), 50);
  });
  const uris = [`${server.uri}/x.tar`];
  const paths = await Promise.all([1, 2, 3].map(() => download(wanted, uris, options)));
  expect(paths).toEqual([path, path, path]);
  expect(server.requests).toHaveLength(1);
});

test('ends at once when it is stopped', async () => {
  const { options, path } = await setUp();
  const server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write('0123');
  });
  const stop = new AbortController();
  const failure = download(wanted, [`${server.uri}/x.tar`], { ...options, signal: stop.signal });
  const refused = expect(failure).rejects.toThrow('stopped');
  await until(() => existsSync(`${path}.part`));
  stop.abort(new Error('stopped'));
  await refused;
});

test('takes files that only apt knows how to get', async () => {
  const { options, path } = await setUp();
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'x.tar'), content);
  await download(wanted, [`file:${folder}/x.tar`], options);
  expect(sha256(await readFile(path))).toBe(wanted.sha256);
  const missing = { ...wanted, sha256: 'f'.repeat(64) };
  const failure = download(missing, [`file:${folder}/y.tar`], options);
  await expect(failure).rejects.toMatchObject({ missing: true });
});

test('goes through the proxy that the environment names', async () => {
  const { options, path } = await setUp();
  const proxy = await serve(filesHandler(new Map([['http://beyond.invalid/x.tar', content]])));
  vi.stubEnv('http_proxy', proxy.uri);
  onTestFinished(() => void vi.unstubAllEnvs());
  await download(wanted, ['http://beyond.invalid/none', 'http://beyond.invalid/x.tar'], options);
  expect(sha256(await readFile(path))).toBe(wanted.sha256);
  expect(new Set(proxy.requests)).toEqual(
    new Set(['http://beyond.invalid/none', 'http://beyond.invalid/x.tar']),
  );
});

test('a mirror folder’s file is checked, and a damaged download is removed', async () => {
  const { state, path } = await setUp();
  const folder = await temporaryFolder();
  expect(await takeFromMirror(wanted, join(folder, 'x.tar'), state)).toBe(false);
  await writeFile(join(folder, 'x.tar'), 'something else');
  const [diagnostic] = await diagnosticsOf(takeFromMirror(wanted, join(folder, 'x.tar'), state));
  expect(diagnostic!.span!.file).toBe(join(folder, 'x.tar'));
  expect(existsSync(path)).toBe(false);

  await writeFile(join(folder, 'x.tar'), content);
  expect(await takeFromMirror(wanted, join(folder, 'x.tar'), state)).toBe(true);
  expect(await verifiedDownload(state, wanted)).toBe(path);
  await writeFile(path, Buffer.alloc(content.length));
  expect((await diagnosticsOf(verifiedDownload(state, wanted)))[0]!.details).toHaveLength(2);
  expect(existsSync(path)).toBe(false);
});
