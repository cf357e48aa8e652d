import { lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { UserError } from '../util/diagnostic.js';
import { sha256File } from '../util/hash.js';
import { FilePlacer } from './place-file.js';

/** An entry of a tree, with its path relative to the tree's root. */
export interface TreeEntry {
  path: string;
  type: 'file' | 'directory' | 'symlink';
  /** Only this bit of a file's mode counts: the rest depends on the umask of whoever built it. */
  executable: boolean;
}

/**
 * All entries below `root` in bytewise order of their paths, directories before their entries.
 * Throws UserError for entries that cannot be kept: sockets, devices, names that are not UTF-8.
 *
 * Here and in the rest of the store, file operations on many small files are synchronous: that is
 * several times as fast as going through Node's thread pool. `breathe` lets others run in between.
 */
export function listTree(root: string): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const visit = (relative: string) => {
    const found = readdirSync(join(root, relative), { withFileTypes: true });
    for (const entry of found.sort((a, b) => compareBytes(a.name, b.name))) {
      const path = relative ? `${relative}/${entry.name}` : entry.name;
      if (entry.name.includes('\ufffd'))
        throw unkeepable(join(root, path), 'has a name that is not UTF-8');
      if (entry.isSymbolicLink()) entries.push({ path, type: 'symlink', executable: false });
      else if (entry.isDirectory()) {
        entries.push({ path, type: 'directory', executable: false });
        visit(path);
      } else if (entry.isFile()) {
        const executable = (lstatSync(join(root, path)).mode & 0o100) !== 0;
        entries.push({ path, type: 'file', executable });
      } else {
        throw unkeepable(join(root, path), 'is neither a file, a folder nor a symbolic link');
      }
    }
  };
  visit('');
  return entries;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function unkeepable(path: string, why: string): UserError {
  return new UserError({
    id: 'store.unsupported-file',
    message: `${path} ${why}`,
    help: 'change the build so that it does not install it',
  });
}

/** Returns a function to await within long loops: now and then it lets timers and signals through. */
export function breathe(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < 20) return;
    await setImmediate();
    since = performance.now();
  };
}

/** The mode of a file in the store: only whether it is executable counts. */
export function fileMode({ executable }: { executable: boolean }): number {
  return executable ? 0o555 : 0o444;
}

/** Two trees that are placed over each other have different content under the same path. */
export class TreeConflict extends Error {
  constructor(readonly path: string) {
    super(`two trees both contain ${path}`);
  }
}

/**
 * Places a tree in `target`, without copying where the file system allows that: see `FilePlacer`.
 * Directories merge; a file that is there already is a conflict unless it has the same content.
 */
export async function linkTree(
  root: string,
  target: string,
  files = new FilePlacer(),
): Promise<void> {
  mkdirSync(target, { recursive: true });
  const pause = breathe();
  for (const entry of listTree(root)) {
    const from = join(root, entry.path);
    const to = join(target, entry.path);
    try {
      if (entry.type === 'directory') mkdirSync(to);
      else if (entry.type === 'symlink') symlinkSync(readlinkSync(from), to);
      else files.place(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!(await sameEntry(from, to))) throw new TreeConflict(entry.path);
    }
    await pause();
  }
}

async function sameEntry(from: string, to: string): Promise<boolean> {
  const [a, b] = [lstatSync(from), lstatSync(to)];
  if (a.isDirectory()) return b.isDirectory();
  if (a.isSymbolicLink()) return b.isSymbolicLink() && readlinkSync(from) === readlinkSync(to);
  if (a.ino === b.ino && a.dev === b.dev) return true;
  return b.isFile() && a.size === b.size && (await sha256File(from)) === (await sha256File(to));
}
