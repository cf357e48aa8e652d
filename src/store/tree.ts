import { createHash } from 'node:crypto';
import { chmod, link, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File } from '../util/hash.js';

/** An entry of a tree, with its path relative to the tree's root. */
export interface TreeEntry {
  path: string;
  type: 'file' | 'directory' | 'symlink';
  /** Only this bit of a file's mode counts: the rest is the umask of whoever built it. */
  executable: boolean;
}

/** All entries below `root` in bytewise order of their paths, directories before what they hold. */
export async function listTree(root: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const visit = async (relative: string) => {
    const names = (await readdir(join(root, relative))).sort((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    for (const name of names) {
      const path = relative ? `${relative}/${name}` : name;
      const stats = await lstat(join(root, path));
      if (stats.isSymbolicLink()) entries.push({ path, type: 'symlink', executable: false });
      else if (stats.isDirectory()) {
        entries.push({ path, type: 'directory', executable: false });
        await visit(path);
      } else if (stats.isFile()) {
        entries.push({ path, type: 'file', executable: (stats.mode & 0o100) !== 0 });
      } else {
        throw new Error(`${join(root, path)} is neither a file, a folder nor a symbolic link`);
      }
    }
  };
  await visit('');
  return entries;
}

/**
 * The name of a tree by its content: SHA-256 over names, types, executable bits, link targets and
 * contents. Times and owners do not count.
 */
export async function hashTree(root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of await listTree(root)) {
    const path = join(root, entry.path);
    const content =
      entry.type === 'file'
        ? `${entry.executable ? 'x' : '-'} ${await sha256File(path)}`
        : entry.type === 'symlink'
          ? `l ${await readlink(path)}`
          : 'd';
    hash.update(`${content} ${entry.path}\0`);
  }
  return hash.digest('hex');
}

/** Takes the write permission from every file, and gives modes that do not depend on the umask. */
export async function sealTree(root: string): Promise<void> {
  for (const entry of await listTree(root)) {
    if (entry.type === 'symlink') continue;
    const mode = entry.type === 'directory' ? 0o755 : entry.executable ? 0o555 : 0o444;
    await chmod(join(root, entry.path), mode);
  }
}

/** Two trees that are laid over each other hold the same path with different content. */
export class TreeConflict extends Error {
  constructor(readonly path: string) {
    super(`two trees both hold ${path}`);
  }
}

/**
 * Lays a tree into `target` by hard links. Directories merge; a file that is there already is a
 * conflict unless it is the same file.
 */
export async function linkTree(root: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const entry of await listTree(root)) {
    const from = join(root, entry.path);
    const to = join(target, entry.path);
    try {
      if (entry.type === 'directory') await mkdir(to, { recursive: true });
      else if (entry.type === 'symlink') await symlink(await readlink(from), to);
      else await link(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const [a, b] = [await lstat(from), await lstat(to)];
      const same = a.isSymbolicLink()
        ? b.isSymbolicLink() && (await readlink(from)) === (await readlink(to))
        : a.ino === b.ino || (b.isFile() && (await sha256File(from)) === (await sha256File(to)));
      if (!same) throw new TreeConflict(entry.path);
    }
  }
}
