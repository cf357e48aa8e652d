import { constants, copyFileSync, linkSync, lstatSync, rmSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whether the file system under a device number can share blocks; asked once for each. */
const reflinks = new Map<number, boolean>();

/** What `link` answers where a link cannot be: another file system, too many, none at all. */
const linkRefused = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Makes `to` the same file as `from`, which nobody may write to. A reflink comes first: it costs no
 * space, and writing to it by force leaves `from` alone. Without reflinks it is a hard link, which
 * is read-only by its mode; where that is refused, a copy. Throws EEXIST when `to` is there.
 */
export function placeFile(from: string, to: string): void {
  const device = lstatSync(dirname(to)).dev;
  if (reflinks.get(device) !== false) {
    try {
      copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
      reflinks.set(device, true);
      keepTime(from, to);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
      // One file that cannot be cloned, say from another file system, says nothing of the others.
      if (reflinks.get(device) === undefined && lstatSync(from).dev === device) {
        reflinks.set(device, false);
      }
      rmSync(to, { force: true });
    }
  }
  try {
    linkSync(from, to);
  } catch (error) {
    if (!linkRefused.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    keepTime(from, to);
  }
}

function keepTime(from: string, to: string): void {
  const { atime, mtime } = lstatSync(from);
  utimesSync(to, atime, mtime);
}
