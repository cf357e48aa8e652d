import { constants, copyFileSync, linkSync, lstatSync, rmSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The errors of `link` where no link is possible: another file system, too many links, or none at all.
 */
const linkRefused = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Places files, without copying them where the file system allows that, which is found out once. */
export class FilePlacer {
  /** Whether the file system under a device number can share blocks. */
  readonly #reflinks = new Map<number, boolean>();

  /**
   * Makes `to` the same file as `from`, which nobody may write to. A reflink comes first: it costs no
   * space, and writing to it by force leaves `from` alone. Without reflinks it is a hard link, which
   * is read-only by its mode; where that is refused, a copy. Throws EEXIST when `to` is there.
   */
  place(from: string, to: string): void {
    if (this.#clone(from, to)) return;
    try {
      linkSync(from, to);
    } catch (error) {
      if (!linkRefused.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      copyFileSync(from, to, constants.COPYFILE_EXCL);
      keepTime(from, to);
    }
  }

  #clone(from: string, to: string): boolean {
    const device = lstatSync(dirname(to)).dev;
    const known = this.#reflinks.get(device);
    if (known === false) return false;
    try {
      copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
      // One file that cannot be cloned, e.g. from another file system, proves nothing about the others.
      if (known === undefined && lstatSync(from).dev === device) {
        this.#reflinks.set(device, false);
      }
      rmSync(to, { force: true });
      return false;
    }
    this.#reflinks.set(device, true);
    keepTime(from, to);
    return true;
  }
}

function keepTime(from: string, to: string): void {
  const { atime, mtime } = lstatSync(from);
  utimesSync(to, atime, mtime);
}
