/** What errors of the file system mean. Only this file decides whether a disk is full. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

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
        // File systems that keep nothing, such as /proc, have no size and are never full.
        bytes: blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize,
        inodes: files === 0 ? Number.POSITIVE_INFINITY : ffree,
        text,
      };
    } catch {
      if (folder === dirname(folder)) return undefined;
    }
  }
}
