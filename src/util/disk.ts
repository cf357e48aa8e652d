/** Trouble with the user's own disk, told as such. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from './problem.js';

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

/**
 * Runs the work; an error of the file system that the user can mend becomes a UserError. `folder`
 * is where the work writes, for errors that do not say it themselves.
 */
export async function withDiskProblems<T>(work: () => Promise<T>, folder?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await asDiskProblem(error, folder);
  }
}

/** The UserError that an error of the file system means; any other error as it is. */
export async function asDiskProblem(error: unknown, folder?: string): Promise<unknown> {
  const { code, path = folder } = error as NodeJS.ErrnoException;
  const reason = code ? reasons[code] : undefined;
  if (error instanceof UserError || reason === undefined) return error;
  const place = path === undefined ? {} : { place: { file: path } };
  if (!outOfSpace.has(code!)) {
    return new UserError({
      message: `a file or folder cannot be used: ${reason}`,
      ...place,
      remedy: 'mend that, or keep the state elsewhere by --state or $STUBFORGE_HOME',
    });
  }
  const space = path === undefined ? undefined : await freeSpace(path);
  return new UserError({
    message: `nothing more can be written: ${reason}`,
    ...place,
    details: space ? [space.text] : [],
    remedy: makeRoom,
  });
}

/** What is left on the file system that a path is on or would be on; undefined if it cannot tell. */
export async function freeSpace(
  path: string,
): Promise<{ bytes: number; text: string } | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { bavail, bsize, blocks, ffree } = await statfs(folder);
      const mebibytes = (count: number) => ((count * bsize) / 1024 ** 2).toFixed(1);
      const text = `free below ${folder}: ${mebibytes(bavail)} MiB of ${mebibytes(blocks)} MiB, ${ffree} inodes`;
      return { bytes: bavail * bsize, text };
    } catch {
      if (folder === dirname(folder)) return undefined;
    }
  }
}
