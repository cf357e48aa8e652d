/** Downloads one file of known SHA-256 into the state folder, from the first server that has it. */
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emit } from '../events/event.js';
import type { StateLayout } from '../project/state-layout.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { isOutOfSpace } from '../util/disk-errors.js';
import { lockFile } from '../util/file-lock.js';
import { temporaryBeside } from '../util/files.js';
import { sha256File } from '../util/hash.js';
import { TransferError, type Transport } from './transport.js';

/** What is wanted: the hash decides; the size, where known, is checked on the way. */
export interface Wanted {
  name: string;
  sha256: string;
  size?: number;
}

export interface DownloadOptions {
  state: StateLayout;
  transport: Transport;
  emit: Emit;
  signal?: AbortSignal;
  /** What to do when the file cannot be downloaded. */
  help?: string;
  /** Milliseconds before the first retry; doubled for each one after it. */
  backoff?: number;
}

/** All URIs were tried. `missing`: all servers answered that they have no such file. */
export class DownloadError extends UserError {
  constructor(
    readonly missing: boolean,
    diagnostic: Diagnostic,
  ) {
    super(diagnostic);
  }
}

/** How often one URI is tried before the next one. */
const attempts = 4;

/** Where a download is kept once its hash was checked. */
export function downloadPath(state: StateLayout, wanted: Wanted): string {
  return join(state.downloads, wanted.sha256, wanted.name);
}

/** Whether it is there with the right size. The hash was checked on arrival, and is again on use. */
export async function isDownloaded(state: StateLayout, wanted: Wanted): Promise<boolean> {
  const stats = await stat(downloadPath(state, wanted)).catch(() => undefined);
  return stats?.isFile() === true && (wanted.size === undefined || stats.size === wanted.size);
}

/**
 * Downloads from the first URI that has the right bytes, and returns the path. Partial downloads are
 * resumed; several processes may ask for the same file. Throws DownloadError.
 */
export async function download(
  wanted: Wanted,
  uris: readonly string[],
  options: DownloadOptions,
): Promise<string> {
  const path = downloadPath(options.state, wanted);
  if (await isDownloaded(options.state, wanted)) return path;
  await using _lock = await lockFile(`${path}.lock`, { signal: options.signal });
  // Another process may have fetched it while this one waited.
  if (await isDownloaded(options.state, wanted)) return path;
  await rm(path, { force: true });
  const failures: { uri: string; error: TransferError }[] = [];
  for (const uri of uris) {
    const error = await tryUri(wanted, uri, `${path}.part`, options);
    if (!error) {
      await rename(`${path}.part`, path);
      await rm(`${path}.lock`, { force: true });
      return path;
    }
    failures.push({ uri, error });
  }
  const wrong = failures.some(({ error }) => error.kind === 'wrong-hash');
  throw new DownloadError(
    failures.every(({ error }) => error.kind === 'missing'),
    {
      id: wrong ? 'source.wrong-hash' : 'source.download-failed',
      message: wrong ? `${wanted.name} has the wrong SHA-256` : `could not download ${wanted.name}`,
      details: failures.map(({ uri, error }) => `${uri}: ${error.message}`),
      help: options.help ?? 'check the network connection and try again',
    },
  );
}

/** Leaves the right bytes in `part`, or returns the reason why this URI does not have them. */
async function tryUri(
  wanted: Wanted,
  uri: string,
  part: string,
  options: DownloadOptions,
): Promise<TransferError | undefined> {
  let underWay = false;
  const emit: Emit = (event) => {
    if (event.type === 'download-start') underWay = true;
    if (event.type === 'download-done') underWay = false;
    options.emit(event);
  };
  try {
    return await transferFrom(wanted, uri, part, { ...options, emit });
  } finally {
    if (underWay) options.emit({ type: 'download-failed', file: wanted.name });
  }
}

async function transferFrom(
  wanted: Wanted,
  uri: string,
  part: string,
  options: DownloadOptions,
): Promise<TransferError | undefined> {
  const { emit, signal } = options;
  // A server without the file must not start anything that listeners would wait for.
  let started = false;
  const start = (total: number | undefined) => {
    if (!started) emit({ type: 'download-start', file: wanted.name, total });
    started = true;
  };
  let last = new TransferError('transient', 'not tried');
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) {
      await sleep((options.backoff ?? 500) * 2 ** (attempt - 1), undefined, { signal });
    }
    signal?.throwIfAborted();
    const resumed = ((await stat(part).catch(() => undefined))?.size ?? 0) > 0;
    try {
      if (!(resumed && (await isRight(part, wanted)))) {
        await options.transport(uri, part, {
          size: wanted.size,
          signal,
          onProgress: throttle((received, total) => {
            start(total);
            emit({ type: 'download-progress', file: wanted.name, received, total });
          }),
        });
      }
      const found = await sha256File(part);
      if (found === wanted.sha256) {
        start(wanted.size);
        emit({ type: 'download-done', file: wanted.name, bytes: (await stat(part)).size });
        return undefined;
      }
      await rm(part, { force: true });
      last = wrongHash(wanted, found);
      // The beginning may be from another server; only a whole download proves this one wrong.
      if (!resumed) return last;
    } catch (error) {
      // A partial file would only take up the space that is needed now.
      if (isOutOfSpace(error)) await rm(part, { force: true });
      if (!(error instanceof TransferError)) throw error;
      last = error;
      if (error.kind === 'refused') await rm(part, { force: true });
      if (error.kind === 'missing') return last;
      if (error.kind === 'refused' && !resumed) return last;
    }
  }
  return last;
}

async function isRight(part: string, wanted: Wanted): Promise<boolean> {
  return (
    (wanted.size === undefined || (await stat(part)).size >= wanted.size) &&
    (await sha256File(part)) === wanted.sha256
  );
}

const wrongHash = (wanted: Wanted, found: string) =>
  new TransferError('wrong-hash', `expected SHA-256 ${wanted.sha256}, found ${found}`);

/** Listeners gain nothing from more than ten reports a second. */
function throttle(report: (received: number, total: number | undefined) => void): typeof report {
  let last = 0;
  return (received, total) => {
    const now = Date.now();
    if (now - last < 100 && received !== total) return;
    last = now;
    report(received, total);
  };
}

/** Takes the file from a mirror folder; false when it is not there. Throws UserError on a wrong hash. */
export async function takeFromMirror(
  wanted: Wanted,
  file: string,
  state: StateLayout,
): Promise<boolean> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) return false;
  const path = downloadPath(state, wanted);
  const temporary = temporaryBeside(path);
  await mkdir(join(path, '..'), { recursive: true });
  try {
    await copyFile(file, temporary);
    await requireHash(temporary, wanted, file);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return true;
}

/** The path of a downloaded file whose hash is right; throws UserError and removes it otherwise. */
export async function verifiedDownload(state: StateLayout, wanted: Wanted): Promise<string> {
  const path = downloadPath(state, wanted);
  if (!(await isDownloaded(state, wanted))) {
    throw new UserError({
      id: 'source.not-downloaded',
      message: `${wanted.name} has not been downloaded`,
      help: 'run: stubforge source fetch',
    });
  }
  try {
    await requireHash(path, wanted, path);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return path;
}

/** Throws UserError when the file has the wrong SHA-256; `shown` is the path to show. */
async function requireHash(file: string, wanted: Wanted, shown: string): Promise<void> {
  const found = await sha256File(file);
  if (found === wanted.sha256) return;
  throw new UserError({
    id: 'source.wrong-hash',
    message: `${wanted.name} has the wrong SHA-256`,
    span: { file: shown },
    details: [`expected ${wanted.sha256}`, `found    ${found}`],
    help: 'download it again: stubforge source fetch',
  });
}
