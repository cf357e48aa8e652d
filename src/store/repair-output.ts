/** Restores damaged outputs from other copies of their files in the store, or puts them aside. */
import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../util/diagnostic.js';
import { isUnwritable } from '../util/disk-errors.js';
import { lockFile } from '../util/file-lock.js';
import { namesIn, temporaryIn } from '../util/files.js';
import { type Depth, type Fault, hasContent, normalizeFile } from './inspect-tree.js';
import { describeTree, type FileEntry, fileId, type Manifest, treeName } from './manifest.js';
import { replaceByLink } from './shared-files.js';
import { DamagedOutput, type Store } from './store.js';

/** What became of an output that was checked. */
export type Repaired =
  | { state: 'sound' }
  /** It was damaged and is intact again. */
  | { state: 'restored'; faults: Fault[] }
  /** It is gone from the store, and its unit has to be rebuilt; `aside` is where the damaged tree is. */
  | { state: 'lost'; faults: Fault[]; aside?: string };

/**
 * Checks an output and repairs it if it can. Several processes may do this at once: one of them does
 * the work. The store's `warn` gets what was found and done. Throws DamagedOutput in a store that
 * cannot be written to.
 */
export async function repairOutput(
  store: Store,
  output: string,
  depth: Depth,
  signal?: AbortSignal,
): Promise<Repaired> {
  const found = await store.check(output, depth);
  if (found.length === 0) return { state: 'sound' };
  try {
    await using _lock = await lockFile(store.layout.repairLock, { signal });
    return await repairAlone(store, output, depth);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    throw new DamagedOutput(output, found, {
      ...store.damage(output, found),
      help: 'run stubforge store repair where the store is writable, or use another state folder with --state',
    });
  }
}

async function repairAlone(store: Store, output: string, depth: Depth): Promise<Repaired> {
  const faults = await store.check(output, depth);
  if (faults.length === 0) return { state: 'sound' };
  const diagnostic = store.damage(output, faults);
  const restored = await restore(store, output);
  const aside = restored ? undefined : await store.setAside(output);
  store.warn({
    ...diagnostic,
    details: [
      ...(diagnostic.details ?? []),
      restored
        ? 'it was restored from other copies of the same files'
        : `its unit has to be rebuilt${aside ? `; the damaged tree is in ${aside}` : ''}`,
    ],
    help: 'look for more damage with stubforge store verify, then check the disk',
  });
  return restored ? { state: 'restored', faults } : { state: 'lost', faults, aside };
}

/** Rebuilds an output from sound copies of its files; false when one of them has none. */
async function restore(store: Store, output: string): Promise<boolean> {
  const { layout } = store;
  const manifest = store.manifest(output) ?? (await restoreManifest(store, output));
  if (!manifest) return false;
  const staging = temporaryIn(layout.staging);
  mkdirSync(staging, { recursive: true });
  try {
    for (const entry of manifest) {
      const path = join(staging, entry.path);
      if (entry.type === 'directory') mkdirSync(path);
      else if (entry.type === 'symlink') symlinkSync(entry.target, path);
      else {
        const copy = soundCopy(store, output, entry);
        if (copy === undefined) return false;
        replaceByLink(copy, path, temporaryIn(layout.staging));
      }
    }
    if ((await store.check(output, 'contents')).length > 0) await store.setAside(output);
    return (await store.add(staging)) === output;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** A lost manifest can be written again as long as the tree's content still matches its name. */
async function restoreManifest(store: Store, output: string): Promise<Manifest | undefined> {
  const root = store.layout.output(output);
  if (!lstatSync(root, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const manifest = await describeTree(root).catch((error) => {
    if (error instanceof UserError) return [];
    throw error;
  });
  if (treeName(manifest) !== output) return undefined;
  await store.describe(output, manifest);
  return manifest;
}

/** A file in the store with the content of an entry: the shared one, or one in any output. */
function soundCopy(store: Store, output: string, entry: FileEntry): string | undefined {
  const { layout } = store;
  const shared = layout.file(fileId(entry));
  const candidates = [shared, join(layout.output(output), entry.path)];
  for (const path of candidates) if (isUsable(path, entry)) return path;
  for (const name of namesIn(layout.outputs)) {
    for (const other of store.manifest(name) ?? []) {
      if (other.type !== 'file' || fileId(other) !== fileId(entry)) continue;
      const path = join(layout.output(name), other.path);
      if (!isUsable(path, entry)) continue;
      mkdirSync(dirname(shared), { recursive: true });
      return path;
    }
  }
  return undefined;
}

/** Only the content counts: mode and time are corrected here. */
function isUsable(path: string, entry: FileEntry): boolean {
  if (!hasContent(path, entry)) return false;
  normalizeFile(path, entry);
  return true;
}
