import { constants, type Dirent } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../util/diagnostic.js';

/**
 * Copies trees over one another into `dir`, which is created. The same file in two trees is one file;
 * with different files of one name, chance would decide which is used, so they are an error.
 */
export async function mergeTrees(trees: readonly string[], dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const tree of trees) await mergeFolder(tree, '', dir);
}

async function mergeFolder(tree: string, path: string, dir: string): Promise<void> {
  for (const entry of await readdir(join(tree, path), { withFileTypes: true })) {
    const inside = join(path, entry.name);
    const from = join(tree, inside);
    const to = join(dir, inside);
    if (entry.isDirectory()) {
      await mkdir(to, { recursive: true });
      await mergeFolder(tree, inside, dir);
    } else if (await exists(to)) {
      if (await same(entry, from, to)) continue;
      throw new UserError({
        id: 'toolchain.conflicting-files',
        message: `two parts of the sysroot contain different files ${inside}`,
        details: [`one is ${from}`],
        help: 'install it from only one of the recipes',
      });
    } else if (entry.isSymbolicLink()) {
      await symlink(await readlink(from), to);
    } else {
      await copyFile(from, to, constants.COPYFILE_FICLONE);
    }
  }
}

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

async function same(entry: Dirent, from: string, to: string): Promise<boolean> {
  const other = await lstat(to);
  if (entry.isSymbolicLink() || other.isSymbolicLink()) {
    return (
      entry.isSymbolicLink() &&
      other.isSymbolicLink() &&
      (await readlink(from)) === (await readlink(to))
    );
  }
  return other.isFile() && (await readFile(from)).equals(await readFile(to));
}
