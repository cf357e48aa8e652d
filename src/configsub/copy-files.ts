/** Copies of config.sub as files: changed in place, or copied to a scratch folder. */
import {
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../util/diagnostic.js';
import { temporaryBeside } from '../util/files.js';
import type { Copy } from './find-copies.js';

/**
 * Gives a copy new content in one step. Its mode, owner and times stay, because a newer time would
 * make `make` regenerate what depends on it; a symbolic link is replaced by a file.
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
      id: 'config-sub.unwritable-file',
      message: `cannot write ${file}`,
      details: [(error as Error).message],
      help: 'make the tree writable, or work on a copy of it',
    });
  }
}

/**
 * Calls `use` with a folder that contains the copies at their paths, with their modes and links, and
 * removes it afterwards. Everything that patching and asking look at is in it, so the result there is
 * the same as in the tree.
 */
export async function withScratchTree<Result>(
  copies: readonly Copy[],
  use: (tree: string) => Promise<Result>,
): Promise<Result> {
  const tree = await mkdtemp(join(tmpdir(), 'stubforge-config-sub-'));
  try {
    for (const copy of copies) {
      const path = join(tree, copy.path);
      await mkdir(dirname(path), { recursive: true });
      const target = await readlink(copy.file).catch(() => undefined);
      if (target === undefined) await copyFile(copy.file, path);
      else await symlink(resolve(dirname(copy.file), target), path);
      for (const link of copy.links) {
        await mkdir(dirname(join(tree, link)), { recursive: true });
        await symlink(relative(dirname(link), copy.path), join(tree, link));
      }
    }
    return await use(tree);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
