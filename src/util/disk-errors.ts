/** Errors of the user's own disk, reported as such. Only this file decides whether a disk is full. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Diagnostic, UserError } from './diagnostic.js';

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EIO: 'the disk reported an error',
};

export const makeRoom =
  'free some space (stubforge store gc), or move the state elsewhere with --state or $STUBFORGE_HOME; what was built is kept';

const outOfSpace = new Set(['ENOSPC', 'EDQUOT']);

/** Whether an error of the file system means that the disk or a quota is full. */
export function isOutOfSpace(error: unknown): boolean {
  return outOfSpace.has((error as NodeJS.ErrnoException)?.code ?? '');
}

const unwritable = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Whether an error of the file system means that this user or this mount may not write. */
export function isUnwritable(error: unknown): boolean {
  return unwritable.has((error as NodeJS.ErrnoException)?.code ?? '');
}

/** The same in the words of commands, in the C locale. */
export const outOfSpaceText = /No space left on device|Disk quota exceeded/;

/** The error that a command's output reports; undefined for all other output. */
export function outOfSpaceIn(output: string, path: string): Error | undefined {
  const [text] = outOfSpaceText.exec(output) ?? [];
  if (text === undefined) return undefined;
  const code = text.startsWith('Disk quota') ? 'EDQUOT' : 'ENOSPC';
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

/** A disk with less free space than this counts as full, in bytes. */
const FULL = 1 << 20;

/** The free space below a folder, in words, where there is next to none; undefined otherwise. */
export async function fullDisk(folder: string): Promise<string | undefined> {
  const space = await freeSpace(folder);
  return space && (space.bytes < FULL || space.inodes === 0) ? space.text : undefined;
}

/**
 * Adds the likely cause when the disk below `folder` is full: some programs report that in words of
 * their own, such as the shell's "I/O error".
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
 * is where the work writes, for errors that do not name a path.
 */
export async function withDiskDiagnostics<T>(work: () => Promise<T>, folder?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await diagnoseDiskError(error, folder);
  }
}

/** The UserError for an error of the file system; any other error as it is. */
export async function diagnoseDiskError(error: unknown, folder?: string): Promise<unknown> {
  const { dest, path = folder } = error as NodeJS.ErrnoException & { dest?: string };
  const full = isOutOfSpace(error) || (await isMaskedOutOfSpace(error));
  const thrown = (error as NodeJS.ErrnoException).code;
  const code = full && thrown !== 'EDQUOT' ? 'ENOSPC' : thrown;
  // A file system such as /proc has no room for folders of others.
  const refused = code === 'ENOENT' && (error as NodeJS.ErrnoException).syscall === 'mkdir';
  const reason = refused ? 'no folder can be made there' : code ? reasons[code] : undefined;
  if (error instanceof UserError || reason === undefined) return error;
  const file = dest ?? path;
  const span = file === undefined ? {} : { span: { file } };
  if (!full) {
    return new UserError({
      id: 'state.unusable-path',
      message: `cannot use a file or folder: ${reason}`,
      ...span,
      help: 'fix that, or move the state elsewhere with --state or $STUBFORGE_HOME',
    });
  }
  const space = file === undefined ? undefined : await freeSpace(file);
  return new UserError({
    id: 'failure.disk-full',
    message: `cannot write any more: ${reason}`,
    ...span,
    details: space ? [space.text] : [],
    help: makeRoom,
  });
}

/** Node's asynchronous `mkdir` of several folders reports ENOENT when the disk has no inodes left. */
async function isMaskedOutOfSpace(error: unknown): Promise<boolean> {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' || syscall !== 'mkdir' || path === undefined) return false;
  return (await fullDisk(path)) !== undefined;
}

/** The free space on the file system that a path is or would be on; undefined if it is not known. */
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
