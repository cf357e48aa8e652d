/** Gets one file of known SHA-256 into the state folder, from whichever place has it. */
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
  /** What to do when nobody has the file. */
  help?: string;
  /** Milliseconds before the first repetition; doubled for each one after it. */
  backoff?: number;
}

/** All places were tried. `missing`: each of them answered that it has no such file. */
export class DownloadError extends UserError {
  constructor(
    readonly missing: boolean,
    diagnostic: Diagnostic,
  ) {
    super(diagnostic);
  }
}

/** How often one place is asked before the next one is. */
const attempts = 4;

/** Where a download lies, or will lie, once its hash was right. */
export function downloadPath(state: StateLayout, wanted: Wanted): string {
  return join(state.downloads, wanted.sha256, wanted.name);
}

/** Is it there, with its size right? The hash was checked when it came, and is again on use. */
export async function isDownloaded(state: StateLayout, wanted: Wanted): Promise<boolean> {
  const stats = await stat(downloadPath(state, wanted)).catch(() => undefined);
  return stats?.isFile() === true && (wanted.size === undefined || stats.size === wanted.size);
}

/**
 * Downloads from the first URI that has the right bytes, and gives the path. Partial downloads are
 * gone on with; several processes may ask for the same file. Throws DownloadError.
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
  throw new DownloadError(
    failures.every(({ error }) => error.kind === 'missing'),
    {
      message: failures.some(({ error }) => error.kind === 'wrong-hash')
        ? `${wanted.name} has another SHA-256 than it should`
        : `${wanted.name} could not be downloaded`,
      details: failures.map(({ uri, error }) => `${uri}: ${error.message}`),
      help: options.help ?? 'check the network connection and try again',
    },
  );
}

/** Leaves the right bytes in `part` or gives the reason why this place has not got them. */
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
  // A place that has not got the file starts nothing that a listener would wait to see done.
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
      // The beginning may have come from elsewhere; only a whole download tells about this place.
      if (!resumed) return last;
    } catch (error) {
      // The beginning of a file would only take the room that somebody has to make now.
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
      message: `${wanted.name} is not downloaded`,
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

/** Throws UserError when the file's SHA-256 is not the one wanted; `shown` is how to call the file. */
async function requireHash(file: string, wanted: Wanted, shown: string): Promise<void> {
  const found = await sha256File(file);
  if (found === wanted.sha256) return;
  throw new UserError({
    message: `${wanted.name} has another SHA-256 than it should`,
    span: { file: shown },
    details: [`expected ${wanted.sha256}`, `found    ${found}`],
    help: 'get it again: stubforge source fetch',
  });
}
