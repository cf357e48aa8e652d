/** The machine's headers and pkg-config files, as far as a build may see them. */
import { existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readlink, rename, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryBeside } from '../util/files.js';
import { canonicalJson, sha256 } from '../util/hash.js';
import type { Mount } from './sandbox.js';

/**
 * Mounts folders of which only some files are there, in the place of the machine's own. `state` keeps
 * the copies, of which builds that see the same share one.
 */
export async function developmentView(
  state: string,
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
  const root = join(state, sha256(canonicalJson({ development: entries, present })).slice(0, 16));
  if (existsSync(root)) {
    // As with the folders of commands, its time says when it was used last.
    await utimes(root, new Date(), new Date()).catch(() => {});
  } else {
    const staging = temporaryBeside(root);
    try {
      for (const folder of present) await mkdir(join(staging, folder), { recursive: true });
      for (const { path, target } of entries) {
        await mkdir(dirname(join(staging, path)), { recursive: true });
        if (target === undefined) await copyFile(path, join(staging, path));
        else await symlink(target, join(staging, path));
      }
      await rename(staging, root).catch((error) => {
        // Another unit was quicker with the same folder.
        if (!existsSync(root)) throw error;
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
  return present.map((folder) => ({ from: join(root, folder), at: folder }));
}
