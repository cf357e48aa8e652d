import { chmod, chown, lstat, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { UserError } from '../util/diagnostic.js';
import { temporaryBeside } from '../util/files.js';

/**
 * Gives a copy new content in one step. Its mode, owner and times stay, because a newer time would
 * make `make` regenerate what depends on it; in a symbolic link's place comes a file.
 */
export async function replaceContent(file: string, text: string) {
  const temporary = temporaryBeside(file);
  try {
    const status = await lstat(file);
    await writeFile(temporary, text, 'latin1');
    await chmod(temporary, status.isSymbolicLink() ? 0o755 : status.mode & 0o7777);
    // Only root can give files away, and only then can they belong to somebody else.
    if (process.getuid?.() === 0) await chown(temporary, status.uid, status.gid);
    await utimes(temporary, status.atime, status.mtime);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new UserError({
      message: `cannot write ${file}`,
      details: [(error as Error).message],
      help: 'make the tree writable, or work on a copy of it',
    });
  }
}
