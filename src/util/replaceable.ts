import { stat } from 'node:fs/promises';
import { UserError } from './diagnostic.js';

/**
 * Throws UserError unless a file is free to be written: where there is none, an empty one, or one that
 * `isOwn` knows as written by the same command before. `what` says what that is. Call it before long work.
 */
export async function requireReplaceable(
  file: string,
  what: string,
  isOwn: (file: string) => Promise<boolean>,
): Promise<void> {
  const stats = await stat(file).catch(() => undefined);
  if (!stats || (stats.isFile() && stats.size === 0)) return;
  if (stats.isFile() && (await isOwn(file))) return;
  throw new UserError({
    id: 'file.in-use',
    message: stats.isFile()
      ? `${file} exists, and is not ${what}`
      : `${file} exists, and is ${stats.isDirectory() ? 'a folder' : 'not a regular file'}`,
    help: 'name a file that does not exist yet, or move this one away',
  });
}
