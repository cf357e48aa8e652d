/** Those of the machine's headers and pkg-config files that a build may see. */
import { existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson, sha256 } from '../util/hash.js';
import type { KeptFolders } from '../util/kept-folders.js';
import type { Mount } from './sandbox.js';

/**
 * Mounts of folders with only some of their files, over the machine's own folders. `kept` holds the
 * copies; builds that see the same files share one.
 */
export async function developmentView(
  kept: KeptFolders,
  folders: readonly string[],
  files: readonly string[],
): Promise<Mount[]> {
  const entries: { path: string; stamp: string; target?: string }[] = [];
  for (const path of files) {
    const stats = await lstat(path).catch(() => undefined);
    if (!stats || stats.isDirectory()) continue;
    const stamp = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    entries.push({
      path,
      stamp,
      ...(stats.isSymbolicLink() && { target: await readlink(path) }),
    });
  }
  const present = folders.filter((folder) => existsSync(folder));
  const name = sha256(canonicalJson({ development: entries, present })).slice(0, 16);
  const root = await kept.folder(name, async (dir) => {
    for (const folder of present) await mkdir(join(dir, folder), { recursive: true });
    for (const { path, target } of entries) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      if (target === undefined) await copyFile(path, join(dir, path));
      else await symlink(target, join(dir, path));
    }
  });
  return present.map((folder) => ({ from: join(root, folder), at: folder }));
}
