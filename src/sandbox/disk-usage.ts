import { statfsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The disk space of a folder and everything in it, in bytes, without the folders in `except`. A file
 * with several names counts once, and files that vanish meanwhile do not count.
 */
export async function diskUsage(folder: string, except: readonly string[] = []): Promise<number> {
  const counted = new Set<number>();
  const visit = async (path: string): Promise<number> => {
    let sum = 0;
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      const inner = join(path, entry.name);
      if (except.includes(inner)) continue;
      const stats = await lstat(inner).catch(() => undefined);
      if (!stats || counted.has(stats.ino)) continue;
      if (stats.nlink > 1 && !stats.isDirectory()) counted.add(stats.ino);
      sum += stats.blocks * 512;
      if (stats.isDirectory()) sum += await visit(inner);
    }
    return sum;
  };
  return visit(folder);
}

/**
 * The space that is free for ordinary users on the file system of a folder, and its whole size, in
 * bytes. A folder that is gone has unlimited space: whoever needs it reports that.
 */
export function diskSpace(folder: string): { free: number; size: number } {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { free: bavail * bsize, size: blocks * bsize };
  } catch {
    return { free: Number.POSITIVE_INFINITY, size: Number.POSITIVE_INFINITY };
  }
}

/** No build may use this up: stubforge itself and the other units have to write too. */
const reservedSpace = 256 * 2 ** 20;

/**
 * The space that is kept free on a file system of that size, in bytes. A small one is small on
 * purpose, and would be below the usual reserve from the start.
 */
export const reserveOf = (size: number): number => Math.min(reservedSpace, size / 20);

/**
 * The most that one file may grow to in a folder, in bytes: `limit`, or what leaves the reserve free.
 * Between two looks, a file can fill the whole disk.
 */
export function largestFile(folder: string, limit: number): number {
  const { free, size } = diskSpace(folder);
  const reserve = reserveOf(size);
  // A little more than the reserve is left, so that whoever writes one file hears of that file, and not
  // of a full disk. When the disk is full from the start, the watch reports it.
  return Math.min(limit, Math.max(free - reserve * 1.125, reserve));
}
