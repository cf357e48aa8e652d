/**
 * Errors of the user's own disk, as diagnostics. What can be done about one depends on whose path it is:
 * the state can be tidied up and moved, the user's own files cannot.
 */
import { relative } from 'node:path';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { freeSpace, fullDisk, isOutOfSpace } from '../util/disk-errors.js';
import { isTemporary, withoutTemporary } from '../util/files.js';

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

/** What helps where the disk of the state is full. */
export const makeRoom =
  'free some space (stubforge store gc), or move the state elsewhere with --state or $STUBFORGE_HOME; what was built is kept';

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

export interface DiskContext {
  /** Where the work writes, for errors that do not name a path. */
  folder?: string;
  /** The state folder, or folders in it: what lies below is stubforge's own. */
  state?: string | readonly string[];
}

/** Runs the work; an error of the file system that the user can fix becomes a UserError. */
export async function withDiskDiagnostics<T>(
  work: () => Promise<T>,
  context: DiskContext = {},
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await diagnoseDiskError(error, context);
  }
}

/** The UserError for an error of the file system; any other error as it is. */
export async function diagnoseDiskError(
  error: unknown,
  { folder, state }: DiskContext = {},
): Promise<unknown> {
  if (error instanceof UserError) return error;
  const { dest, path = folder } = error as NodeJS.ErrnoException & { dest?: string };
  const full = isOutOfSpace(error) || (await isMaskedOutOfSpace(error));
  const thrown = (error as NodeJS.ErrnoException).code;
  const code = full && thrown !== 'EDQUOT' ? 'ENOSPC' : thrown;
  const reason = refusal(error as NodeJS.ErrnoException, code) ?? (code && reasons[code]);
  if (reason === undefined) return error;
  const named = dest ?? path;
  // The user knows the file that is to be written, and not what it is called until it is complete.
  const file = named === undefined ? undefined : withoutTemporary(named);
  const owned = typeof state === 'string' ? [state] : (state ?? []);
  const ours = file !== undefined && owned.some((each) => isInside(file, each));
  const span = file === undefined ? {} : { span: { file } };
  if (!full) {
    return new UserError({
      id: ours ? 'state.unusable-path' : 'file.unusable-path',
      message: `cannot use a file or folder: ${reason}`,
      ...span,
      help: ours
        ? 'fix that, or move the state elsewhere with --state or $STUBFORGE_HOME'
        : 'fix that, or name another file or folder',
    });
  }
  const space = file === undefined ? undefined : await freeSpace(file);
  return new UserError({
    id: 'failure.disk-full',
    message: `cannot write any more: ${reason}`,
    ...span,
    details: space ? [space.text] : [],
    help: ours ? makeRoom : 'free some space there, or write it somewhere else',
  });
}

/** A file system such as /proc has no room for files and folders of others, and says that they are not there. */
function refusal(
  { syscall, path }: NodeJS.ErrnoException,
  code: string | undefined,
): string | undefined {
  if (code !== 'ENOENT') return undefined;
  if (syscall === 'mkdir') return 'no folder can be made there';
  return path !== undefined && isTemporary(path) ? 'no file can be made there' : undefined;
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../');
}

/** Node's asynchronous `mkdir` of several folders reports ENOENT when the disk has no inodes left. */
async function isMaskedOutOfSpace(error: unknown): Promise<boolean> {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' || syscall !== 'mkdir' || path === undefined) return false;
  return (await fullDisk(path)) !== undefined;
}
