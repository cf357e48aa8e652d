import { copyFile, mkdir, mkdtemp, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { Copy } from './find-copies.js';

/**
 * Hands a folder to `use` that holds the copies at their paths, with their modes and links, and
 * removes it afterwards. All that teaching and asking look at is in it, so what happens there is
 * what would happen in the tree.
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
