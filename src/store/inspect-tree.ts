/** Compares a tree in the store with its manifest. */
import { chmodSync, lstatSync, readdirSync, readlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { sha256FileSync } from '../util/hash.js';
import type { FileEntry, Manifest, ManifestEntry } from './manifest.js';
import { breathe, fileMode } from './tree.js';

/**
 * Files in the store all have this modification time, 2000-01-01, in seconds since 1970. Outputs
 * have no times of their own, so a file with another time was written to: that is what makes
 * checking only the metadata worthwhile.
 */
export const STORE_TIME = 946_684_800;

/**
 * How closely to look. `metadata`: type, mode, size and modification time of every entry; a file
 * whose time is wrong is read. `contents`: every file is read.
 */
export type Depth = 'metadata' | 'contents';

export interface Fault {
  /** Relative to the tree; empty for the tree itself. */
  path: string;
  what:
    | 'missing'
    | 'unexpected'
    | 'type'
    | 'mode'
    | 'size'
    | 'content'
    | 'link target'
    | 'unreadable';
}

/** All faults of a tree, in the order of its manifest; a sound tree has none. */
export async function inspectTree(
  root: string,
  manifest: Manifest,
  depth: Depth,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  const children = new Map<string, Set<string>>([['', new Set()]]);
  const pause = breathe();
  if (!lstatSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    return [{ path: '', what: 'missing' }];
  }
  for (const entry of manifest) {
    const slash = entry.path.lastIndexOf('/');
    children.get(entry.path.slice(0, Math.max(0, slash)))?.add(entry.path.slice(slash + 1));
    if (entry.type === 'directory') children.set(entry.path, new Set());
    const what = entryFault(join(root, entry.path), entry, depth);
    if (what) faults.push({ path: entry.path, what });
    if (depth === 'contents') await pause();
  }
  for (const [folder, names] of children) {
    if (faults.some((fault) => fault.path === folder && fault.what !== 'mode')) continue;
    for (const name of readdirSync(join(root, folder))) {
      const path = folder ? `${folder}/${name}` : name;
      if (!names.has(name)) faults.push({ path, what: 'unexpected' });
    }
  }
  return faults;
}

function entryFault(path: string, entry: ManifestEntry, depth: Depth): Fault['what'] | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return 'missing';
    switch (entry.type) {
      case 'directory':
        if (!stats.isDirectory()) return 'type';
        return (stats.mode & 0o7777) === 0o755 ? undefined : 'mode';
      case 'symlink':
        if (!stats.isSymbolicLink()) return 'type';
        return readlinkSync(path) === entry.target ? undefined : 'link target';
      case 'file':
        if (!stats.isFile()) return 'type';
        return fileFault(path, entry, stats, depth);
      default:
        return entry satisfies never;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A parent that is no longer a folder is reported by itself.
    if (code === 'ENOTDIR' || code === 'ENOENT') return 'missing';
    if (code === 'EIO' || code === 'EUCLEAN') return 'unreadable';
    throw error;
  }
}

function fileFault(
  path: string,
  entry: FileEntry,
  stats: { size: number; mode: number; mtimeMs: number },
  depth: Depth,
): Fault['what'] | undefined {
  if (stats.size !== entry.size) return 'size';
  const touched = stats.mtimeMs !== STORE_TIME * 1000;
  if (depth === 'contents' || touched) {
    if (sha256FileSync(path, entry.size) !== entry.sha256) return 'content';
    // It was touched, or copied by something that does not keep times, but it is intact.
    if (touched) restoreTime(path);
  }
  return (stats.mode & 0o7777) === fileMode(entry) ? undefined : 'mode';
}

function restoreTime(path: string): void {
  try {
    setStoreTime(path);
  } catch {
    // In somebody else's store the time stays wrong, and the file is read every time.
  }
}

/** Whether a file is exactly what the entry says, by its content. */
export function isSoundFile(path: string, entry: FileEntry): boolean {
  return entryFault(path, entry, 'contents') === undefined;
}

/** Whether a file has the content that the entry says, whatever its mode. */
export function hasContent(path: string, entry: FileEntry): boolean {
  const fault = entryFault(path, entry, 'contents');
  return fault === undefined || fault === 'mode';
}

/** Gives a file the mode and time that all files of the store have. */
export function normalizeFile(path: string, entry: FileEntry): void {
  chmodSync(path, fileMode(entry));
  setStoreTime(path);
}

function setStoreTime(path: string): void {
  utimesSync(path, STORE_TIME, STORE_TIME);
}
