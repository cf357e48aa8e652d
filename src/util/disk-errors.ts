/** Trouble with the user's own disk, told as such: here alone is judged whether it is full. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Diagnostic, UserError } from './diagnostic.js';

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is no folder',
  EIO: 'the disk reports an error',
};

export const makeRoom =
  'make room (stubforge store gc), or keep the state elsewhere by --state or $STUBFORGE_HOME; what was built is kept';

const outOfSpace = new Set(['ENOSPC', 'EDQUOT']);

/** Whether an error of the file system tells that the disk or a quota is full. */
export function isOutOfSpace(error: unknown): boolean {
  return outOfSpace.has((error as NodeJS.ErrnoException)?.code ?? '');
}

const unwritable = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Whether an error of the file system tells that this user or this mount may not write. */
export function isUnwritable(error: unknown): boolean {
  return unwritable.has((error as NodeJS.ErrnoException)?.code ?? '');
}

/** The same as a command says it in the C locale's words. */
export const outOfSpaceText = /No space left on device|Disk quota exceeded/;

/** The error that a command's output tells; undefined for all other output. */
export function outOfSpaceIn(output: string, path: string): Error | undefined {
  const [text] = outOfSpaceText.exec(output) ?? [];
  if (text === undefined) return undefined;
  const code = text.startsWith('Disk quota') ? 'EDQUOT' : 'ENOSPC';
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

/** Less than this is full, for whoever wants to write a file, in bytes. */
const FULL = 1 << 20;

/** What is free below a folder, in words, where that is as good as nothing; undefined otherwise. */
export async function fullDisk(folder: string): Promise<string | undefined> {
  const space = await freeSpace(folder);
  return space && (space.bytes < FULL || space.inodes === 0) ? space.text : undefined;
}

/**
 * Says so when the disk below `folder` is full: some programs fail from that in words of their own,
 * such as the shell's "I/O error".
 */
export async function blameFullDisk(diagnostic: Diagnostic, folder: string): Promise<Diagnostic> {
  const space = await fullDisk(folder);
  if (space === undefined) return diagnostic;
  return {
    ...diagnostic,
    id: 'failure.disk-full',
    details: [...(diagnostic.details ?? []), `likely cause: the disk is full: ${space}`],
    help: makeRoom,
  };
}

/**
 * Runs the work; an error of the file system that the user can fix becomes a UserError. `folder`
 * is where the work writes, for errors that do not say it themselves.
 */
export async function withDiskDiagnostics<T>(work: () => Promise<T>, folder?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await diagnoseDiskError(error, folder);
  }
}

/** The UserError that an error of the file system means; any other error as it is. */
export async function diagnoseDiskError(error: unknown, folder?: string): Promise<unknown> {
  const { dest, path = folder } = error as NodeJS.ErrnoException & { dest?: string };
  const full = isOutOfSpace(error) || (await isMaskedOutOfSpace(error));
  const thrown = (error as NodeJS.ErrnoException).code;
  const code = full && thrown !== 'EDQUOT' ? 'ENOSPC' : thrown;
  const reason = code ? reasons[code] : undefined;
  if (error instanceof UserError || reason === undefined) return error;
  const file = dest ?? path;
  const span = file === undefined ? {} : { span: { file } };
  if (!full) {
    return new UserError({
      message: `a file or folder cannot be used: ${reason}`,
      ...span,
      help: 'fix that, or keep the state elsewhere with --state or $STUBFORGE_HOME',
    });
  }
  const space = file === undefined ? undefined : await freeSpace(file);
  return new UserError({
    message: `nothing more can be written: ${reason}`,
    ...span,
    details: space ? [space.text] : [],
    help: makeRoom,
  });
}

/** Node's asynchronous `mkdir` of several folders tells ENOENT where the disk has no more inodes. */
async function isMaskedOutOfSpace(error: unknown): Promise<boolean> {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' || syscall !== 'mkdir' || path === undefined) return false;
  return (await fullDisk(path)) !== undefined;
}

/** What is left on the file system that a path is on or would be on; undefined if it cannot tell. */
export async function freeSpace(
  path: string,
): Promise<{ bytes: number; inodes: number; text: string } | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { bavail, bsize, blocks, files, ffree } = await statfs(folder);
      const mebibytes = (count: number) => ((count * bsize) / 1024 ** 2).toFixed(1);
      const text = `free below ${folder}: ${mebibytes(bavail)} MiB of ${mebibytes(blocks)} MiB, ${ffree} inodes`;
      return {
        bytes: bavail * bsize,
        inodes: files === 0 ? Number.POSITIVE_INFINITY : ffree,
        text,
      };
    } catch {
      if (folder === dirname(folder)) return undefined;
    }
  }
}
