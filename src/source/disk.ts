/** Trouble with the user's own disk, told as such. */
import { UserError } from '../util/problem.js';

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is no folder',
  EIO: 'the disk reports an error',
};

/** Runs the work; an error of the file system that the user can mend becomes a UserError. */
export async function withDiskProblems<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const reason = code ? reasons[code] : undefined;
    if (error instanceof UserError || reason === undefined) throw error;
    throw new UserError({
      message: `a file or folder cannot be used: ${reason}`,
      ...(path && { place: { file: path } }),
      remedy: 'mend that, or keep the state elsewhere by --state or $STUBFORGE_HOME',
    });
  }
}
