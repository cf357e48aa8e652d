/** The machine's headers and pkg-config files, as far as a build may see them. */
import { existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson, sha256 } from '../util/hash.js';
import type { KeptFolders } from '../util/kept-folders.js';
import type { Mount } from './sandbox.js';

/**
 * Mounts folders of which only some files are there, in the place of the machine's own. `kept` holds
 * the copies, of which builds that see the same share one.
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
