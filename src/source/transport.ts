/**
 * Moves bytes from a URI into a file. Node's fetch does it where it can; apt's own helper where the
 * build machine's apt configuration says how to get through (proxies, credentials, certificates) and for
 * schemes that only apt knows (file:, mirror+file:, cdrom:, …).
 */
import { createWriteStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { isOutOfSpace, isUnwritable } from '../util/disk-errors.js';
import { type AptSettings, aptEnvironment, aptPath, readAptSettings } from './apt/apt-config.js';

/**
 * Why a transfer failed. `missing`: the server has no such file; `transient`: worth another try;
 * `wrong-hash`: what came is not what was wanted.
 */
export class TransferError extends Error {
  constructor(
    readonly kind: 'missing' | 'transient' | 'refused' | 'wrong-hash',
    message: string,
  ) {
    super(message);
  }
}

export interface TransferOptions {
  /** The size that the file must have in the end, where it is known. */
  size?: number;
  signal?: AbortSignal;
  onProgress(received: number, total: number | undefined): void;
}

export type Transport = (uri: string, file: string, options: TransferOptions) => Promise<void>;

/** After this long without data, in milliseconds, a server is given up. */
const idleTimeout = 60_000;

/** Chooses by URI between fetch and apt's helper; reads the machine's configuration once, when asked. */
export function createTransport(): Transport {
  let needs: Promise<(uri: string) => boolean> | undefined;
  return async (uri, file, options) => {
    needs ??= aptNeeds();
    if ((await needs)(uri)) return aptTransport(uri, file, options);
    return fetchTransport(uri, file, options);
  };
}

/** Finds out which URIs only apt can reach. */
async function aptNeeds(): Promise<(uri: string) => boolean> {
  // A machine without apt can still use sources by url.
  const settings: AptSettings = await readAptSettings().catch(() => new Map());
  const configured = [...settings].some(
    ([name, values]) =>
      /^acquire::https?::(.*proxy|.*sslcert|.*sslkey|.*cainfo|.*capath|verify-)/.test(name) &&
      values.some((value) => value.toUpperCase() !== 'DIRECT'),
  );
  const proxied = ['http_proxy', 'https_proxy', 'all_proxy'].some(
    (name) => process.env[name] || process.env[name.toUpperCase()],
  );
  const credentials =
    settings.size > 0 &&
    ((await isFilled(aptPath(settings, 'Dir::Etc::netrc'))) ||
      (await readdir(aptPath(settings, 'Dir::Etc::netrcparts')).catch(() => [])).length > 0);
  return (uri) => !/^https?:/.test(uri) || configured || proxied || credentials;
}

async function isFilled(file: string): Promise<boolean> {
  return ((await stat(file).catch(() => undefined))?.size ?? 0) > 0;
}

/** Continues after what `file` contains already, where the server supports ranges. */
async function fetchTransport(uri: string, file: string, options: TransferOptions): Promise<void> {
  const { signal, size, onProgress } = options;
  const have = (await stat(file).catch(() => undefined))?.size ?? 0;
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), idleTimeout);
  try {
    const response = await fetch(uri, {
      headers: {
        // A server that compresses on the way would send other bytes than those of the hash.
        'accept-encoding': 'identity',
        ...(have > 0 && { range: `bytes=${have}-` }),
      },
      signal: signal ? AbortSignal.any([signal, idle.signal]) : idle.signal,
    });
    if (response.status === 416) {
      await rm(file, { force: true });
      throw new TransferError('transient', 'the server refused to resume a partial download');
    }
    if (!response.ok || !response.body) throw statusError(response.status);
    const resumed =
      response.status === 206 &&
      response.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true;
    if (response.status === 206 && !resumed) {
      await rm(file, { force: true });
      throw new TransferError('transient', 'the server sent a different part than requested');
    }
    let received = resumed ? have : 0;
    const length = response.headers.get('content-length');
    const total = size ?? (length ? received + Number(length) : undefined);
    const counted = async function* (body: AsyncIterable<Uint8Array>) {
      for await (const chunk of body) {
        timer.refresh();
        received += chunk.byteLength;
        if (size !== undefined && received > size) {
          throw new TransferError('refused', `the server sent more than ${size} bytes`);
        }
        onProgress(received, total);
        yield chunk;
      }
    };
    await pipeline(response.body, counted, createWriteStream(file, { flags: resumed ? 'a' : 'w' }));
    if (total !== undefined && received < total) {
      throw new TransferError('transient', `the connection ended after ${received} bytes`);
    }
  } catch (error) {
    if (error instanceof TransferError) throw error;
    signal?.throwIfAborted();
    if (idle.signal.aborted) throw new TransferError('transient', 'the server stopped sending');
    throw networkError(error);
  } finally {
    clearTimeout(timer);
  }
}

function statusError(status: number): TransferError {
  const kind =
    status === 404 || status === 410
      ? 'missing'
      : status === 408 || status === 429 || status >= 500
        ? 'transient'
        : 'refused';
  return new TransferError(kind, `HTTP status ${status}`);
}

/** fetch hides the reason in a chain of causes. */
function networkError(error: unknown): unknown {
  let cause = error as NodeJS.ErrnoException & { cause?: unknown };
  while (cause.cause instanceof Error) cause = cause.cause as typeof cause;
  // An error of our own disk is not a network error, and trying again would not help.
  if (isOutOfSpace(cause) || isUnwritable(cause) || cause.code === 'EIO') return error;
  const untrusted = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS)/.test(cause.code ?? '');
  return new TransferError(untrusted ? 'refused' : 'transient', cause.code ?? cause.message);
}

async function aptTransport(uri: string, file: string, options: TransferOptions): Promise<void> {
  const { signal, size, onProgress } = options;
  const finished = new AbortController();
  // The helper reports no progress, but its file grows.
  const watch = (async () => {
    while (!finished.signal.aborted) {
      await sleep(250, undefined, { signal: finished.signal }).catch(() => {});
      const stats = await stat(file).catch(() => undefined);
      if (stats) onProgress(stats.size, size);
    }
  })();
  const result = await execa(
    '/usr/lib/apt/apt-helper',
    [
      ...(process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []),
      ...['-o', 'Acquire::Retries=0', 'download-file', uri, file],
    ],
    { reject: false, all: true, env: aptEnvironment, cancelSignal: signal },
  );
  finished.abort();
  await watch;
  signal?.throwIfAborted();
  if (result.exitCode === 0) return;
  const line = /^(?:E|Err|W): ?(.*)$/m.exec(result.all ?? '')?.[1] ?? result.shortMessage ?? '';
  const kind = /\b(404|410)\b|File not found/.test(result.all ?? '')
    ? 'missing'
    : /\b40[0-9]\b/.test(line)
      ? 'refused'
      : 'transient';
  throw new TransferError(kind, line);
}
