/** Files that are kept once, however many outputs contain them. */
import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { temporaryIn } from '../util/files.js';
import { renameOver } from './checksummed.js';
import { isSoundFile, normalizeFile } from './inspect-tree.js';
import { type FileEntry, fileId, type Manifest } from './manifest.js';
import type { StoreLayout } from './store-layout.js';
import { breathe } from './tree.js';

/**
 * Shares the files of a tree that comes into the store, gives everything in it the store's modes
 * and times, and writes it to the disk, so that it survives a power cut from here on.
 */
export async function shareTree(
  layout: StoreLayout,
  root: string,
  manifest: Manifest,
): Promise<void> {
  const folders = [root];
  const own: string[] = [];
  const pause = breathe();
  chmodSync(root, 0o755);
  for (const entry of manifest) {
    const path = join(root, entry.path);
    if (entry.type === 'directory') {
      chmodSync(path, 0o755);
      folders.push(path);
    } else if (entry.type === 'file') {
      if (shareFile(layout, path, entry, temporaryIn(layout.staging))) own.push(path);
      await pause();
    }
  }
  // One by one, each would wait for the disk; together they share the journal's commits.
  const limit = pLimit(16);
  await limit.map([...own, ...folders], synchronize);
}

async function synchronize(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces `path`, a file of a tree that comes into the store, by the shared file with its content;
 * where there is none, `path` becomes the shared file. True when the file itself stays, so that it has
 * to be synced to the disk. `staging` is a name that nobody else uses.
 */
function shareFile(layout: StoreLayout, path: string, entry: FileEntry, staging: string): boolean {
  const shared = layout.file(fileId(entry));
  const present = lstatSync(shared, { throwIfNoEntry: false });
  const own = lstatSync(path);
  if (present && present.ino === own.ino && present.dev === own.dev) {
    normalizeFile(path, entry);
    return false;
  }
  // The shared file is read before anything new relies on it: damage must not spread.
  if (present && isSoundFile(shared, entry)) {
    try {
      replaceByLink(shared, path, staging);
      return false;
    } catch (error) {
      // The number of links to a file is limited; beyond that, this one stays a separate file.
      if ((error as NodeJS.ErrnoException).code !== 'EMLINK') throw error;
      normalizeFile(path, entry);
      return true;
    }
  }
  if (own.nlink > 1) {
    // It may have another name outside the store, where somebody could write to it.
    copyFileSync(path, staging);
    renameSync(staging, path);
  }
  normalizeFile(path, entry);
  if (present) replaceByLink(path, shared, staging);
  else linkShared(path, shared);
  return true;
}

/** Replaces `to`, if it is there, by a hard link to `from`. */
export function replaceByLink(from: string, to: string, staging: string): void {
  linkSync(from, staging);
  try {
    renameOver(staging, to);
  } finally {
    // A rename between two names of one file does nothing and leaves both.
    if (lstatSync(staging, { throwIfNoEntry: false })) unlinkSync(staging);
  }
}

/** If another process was quicker, this file stays a separate one, as good as the other. */
function linkShared(path: string, shared: string): void {
  const link = () => {
    try {
      linkSync(path, shared);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  };
  try {
    link();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(dirname(shared), { recursive: true });
    link();
  }
}
