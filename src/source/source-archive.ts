/**
 * Reads untrusted tar archives: every member is checked before anything is written, and an archive with
 * a member that could write outside its tree is rejected as a whole.
 */
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import * as tar from 'tar';
import { UserError } from '../util/diagnostic.js';
import { type ArchiveSummary, MemberCheck } from './archive-members.js';

/** The limits of an archive: above the largest sources of a distro, far below a full disk. */
export interface ArchiveLimits {
  /** Bytes of all members together; 4 GiB when absent. */
  bytes?: number;
  /** Members; 200,000 when absent. */
  entries?: number;
  /** Unpacked bytes for each packed one, checked from 64 MiB on; 200 when absent. */
  ratio?: number;
}

const ratioFloor = 64 * 1024 * 1024;

/** Where the bytes of an archive come from: a command that writes a plain tar to standard output. */
export interface ArchiveSource {
  /** Its name in messages. */
  name: string;
  command: readonly [string, ...string[]];
  /** Packed bytes, where the ratio has to be checked. */
  packed?: number;
}

/** Recognises the compression by the file's first bytes. Throws UserError for what cannot be read. */
export async function archiveFile(path: string, name: string): Promise<ArchiveSource> {
  const file = await open(path);
  const head = Buffer.alloc(6);
  let packed: number;
  try {
    await file.read(head, 0, 6, 0);
    packed = (await file.stat()).size;
  } finally {
    await file.close();
  }
  const starts = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);
  const command: ArchiveSource['command'] = starts(0x1f, 0x8b)
    ? ['gzip', '-dc', '--', path]
    : starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)
      ? ['xz', '-dc', '--', path]
      : starts(0x42, 0x5a, 0x68)
        ? ['bzip2', '-dc', '--', path]
        : starts(0x28, 0xb5, 0x2f, 0xfd)
          ? ['zstd', '-dcq', '--', path]
          : starts(0x5d, 0x00, 0x00)
            ? ['xz', '--format=lzma', '-dc', '--', path]
            : ['cat', '--', path];
  return { name, command, packed };
}

/**
 * Reads the whole archive and writes nothing. Throws UserError for members that lead out of the tree
 * (absolute names, `..`, links) or are not files, folders or links, and for archives that exceed the
 * limits; reading stops there. `keepTop`: the one top folder is part of the tree
 * instead of being stripped.
 */
export async function inspectArchive(
  source: ArchiveSource,
  options: { limits?: ArchiveLimits; keepTop?: boolean; signal?: AbortSignal } = {},
): Promise<ArchiveSummary> {
  const check = new MemberCheck(source.name, options.limits?.entries ?? 200_000);
  const parser = new tar.Parser({
    strict: true,
    onReadEntry: (entry) => {
      failure.keep(() => check.add(entry));
      entry.resume();
    },
  });
  const failure = new FirstFailure();
  parser.on('ignoredEntry', (entry) => failure.keep(() => check.refuseType(entry)));
  // GNU tar gives such members another name and size than the header says.
  parser.on('meta', (text: string) => {
    if (text.includes('GNU.sparse')) failure.keep(() => check.refuseSparse());
  });
  parser.on('error', (error) => failure.keep(() => check.refuseArchive(error.message)));

  await readCommand(source, options.limits, options.signal, async (stream) => {
    for await (const chunk of stream) {
      parser.write(chunk);
      failure.raise();
      check.requireBelow(options.limits?.bytes ?? defaultBytes);
    }
    parser.end();
    failure.raise();
  });
  return check.finish(options.keepTop ?? false);
}

/**
 * Unpacks an archive that `inspectArchive` has passed into `dir`, which exists and is empty, without
 * its one top folder. Modes do not depend on the umask; owners are not kept.
 */
export async function extractArchive(
  source: ArchiveSource,
  dir: string,
  options: { strip: boolean; limits?: ArchiveLimits; signal?: AbortSignal },
): Promise<void> {
  const unpack = new tar.Unpack({
    cwd: dir,
    strip: options.strip ? 1 : 0,
    strict: true,
    preserveOwner: false,
    processUmask: 0o022,
  });
  await readCommand(source, options.limits, options.signal, async (stream) => {
    await new Promise<void>((resolve, reject) => {
      stream.once('error', reject);
      // Of files that are written at the same time, each may meet the same full disk.
      unpack.on('error', reject);
      unpack.once('close', () => resolve());
      // The tar package's streams are streams to Node, and not to TypeScript.
      stream.pipe(unpack as unknown as NodeJS.WritableStream);
    });
  });
}

/** Reads a compressed file to its end without keeping it, only to check that it is not a bomb. */
export async function inspectCompressed(
  source: ArchiveSource,
  options: { limits?: ArchiveLimits; signal?: AbortSignal } = {},
): Promise<void> {
  await readCommand(source, options.limits, options.signal, async (stream) => {
    for await (const _chunk of stream);
  });
}

const defaultBytes = 4 * 1024 ** 3;

/** Runs the command, counts what it writes, and lets `work` read it; the command ends with `work`. */
async function readCommand(
  source: ArchiveSource,
  limits: ArchiveLimits | undefined,
  signal: AbortSignal | undefined,
  work: (stream: Readable) => Promise<void>,
): Promise<void> {
  const [program, ...words] = source.command;
  const child = execa(program, words, {
    buffer: { stdout: false },
    reject: false,
    stdin: 'ignore',
    cancelSignal: signal,
    env: { LC_ALL: 'C.UTF-8' },
  });
  let bytes = 0;
  let bomb: UserError | undefined;
  const maximum = limits?.bytes ?? defaultBytes;
  const ratio = limits?.ratio ?? 200;
  const stop = (why: string) => {
    bomb = new UserError({
      id: 'source.archive-too-large',
      message: `cannot use ${source.name}: it unpacks to ${why}`,
      help: 'do not use this archive; nothing of it was unpacked',
    });
    child.stdout.destroy(bomb);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maximum) stop(`more than ${maximum} bytes`);
    else if (source.packed && bytes > ratioFloor && bytes > ratio * source.packed) {
      stop(`more than ${ratio} times its size of ${source.packed} bytes`);
    }
  });
  child.stdout.pause();
  let failure: unknown;
  try {
    await work(child.stdout);
  } catch (error) {
    failure = error;
  }
  const ended = child.stdout.readableEnded;
  if (!ended) child.kill('SIGKILL');
  const result = await child;
  signal?.throwIfAborted();
  if (bomb) throw bomb;
  // A damaged file makes the command fail and the archive end early; the command's error says more.
  if (ended && result.exitCode !== 0) {
    const absent = result.code === 'ENOENT';
    throw new UserError({
      id: absent ? 'machine.missing-tools' : 'source.damaged-archive',
      message: `cannot unpack ${source.name}: ${program} ${absent ? 'is not installed' : 'failed'}`,
      details: (result.stderr || result.shortMessage || '').split('\n').slice(0, 4),
      help: absent ? 'run: stubforge setup' : 'download it again: stubforge source fetch',
    });
  }
  if (failure) throw failure;
}

/** Exceptions must not pass through the tar parser, which would go on in an undefined state. */
class FirstFailure {
  private error: unknown;

  keep(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.error ??= error;
    }
  }

  raise(): void {
    if (this.error) throw this.error;
  }
}
