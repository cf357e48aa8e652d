/** What an output consists of. Its name is derived from this, and every check compares with it. */
import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { sha256FileSync } from '../util/hash.js';
import { hashEntries } from '../util/tree-hash.js';
import type { ManifestEntry } from './archive-format.js';
import { breathe, listTree } from './tree.js';

export type { ManifestEntry };

export type FileEntry = Extract<ManifestEntry, { type: 'file' }>;

/**
 * In bytewise order of the paths' parts, directories before their entries, as `listTree` gives them.
 */
export type Manifest = readonly ManifestEntry[];

/** Reads a whole tree. Throws UserError for anything that outputs must not contain. */
export async function describeTree(root: string): Promise<Manifest> {
  const manifest: ManifestEntry[] = [];
  const pause = breathe();
  for (const { path, type, executable } of listTree(root)) {
    const full = join(root, path);
    if (type === 'directory') manifest.push({ path, type });
    else if (type === 'symlink') manifest.push({ path, type, target: readlinkSync(full) });
    else {
      const { size } = lstatSync(full);
      manifest.push({ path, type, executable, size, sha256: sha256FileSync(full, size) });
      await pause();
    }
  }
  return manifest;
}

/**
 * The name of a tree by its content: SHA-256 over names, types, executable bits, link targets and
 * contents. Times and owners do not count.
 */
export function treeName(manifest: Manifest): string {
  return hashEntries(manifest);
}

/** The name of a folder by its content, as `treeName` defines it. */
export async function hashTree(root: string): Promise<string> {
  return treeName(await describeTree(root));
}

/** The name under which a file's content is shared; an executable one has a mode of its own. */
export function fileId(entry: FileEntry): string {
  return entry.executable ? `${entry.sha256}-x` : entry.sha256;
}

export function filesOf(manifest: Manifest): FileEntry[] {
  return manifest.filter((entry) => entry.type === 'file');
}
