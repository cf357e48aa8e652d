/** Removes what nothing refers to. */
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { namesIn, temporaryIn } from '../util/files.js';
import { fileId, filesOf } from './manifest.js';
import type { Store } from './store.js';
import type { StoredRecord } from './unit-records.js';
import { allOutputs, sharedFiles } from './verify-store.js';

export interface CollectOptions {
  /** How many of the newest records of each unit stay; its newest build always stays. */
  keep: number;
  /** Records that were made or used within this many seconds stay, too. */
  keepRecent: number;
  /** Only report what would be removed. */
  dryRun: boolean;
}

export interface Collected {
  records: number;
  outputs: number;
  files: number;
  /** Leftovers of crashes, and damaged outputs that were put aside. */
  leftovers: number;
  /** The size of all of that, in bytes of content. */
  bytes: number;
}

/**
 * Removes records that are neither new nor recent, and outputs and files that no record leads to.
 * Call it while nobody else uses the store. A crash on the way leaves a sound store.
 */
export async function collectGarbage(store: Store, options: CollectOptions): Promise<Collected> {
  const { layout, records } = store;
  const kept = keptRecords(store, options);
  const keptOutputs = new Set(kept.map(({ record }) => record.output));
  const keptFiles = new Set(kept.map(({ file }) => file));
  const collected: Collected = { records: 0, outputs: 0, files: 0, leftovers: 0, bytes: 0 };
  const remove = async (path: string) => {
    if (!options.dryRun) await rm(path, { recursive: true, force: true });
  };

  // Records go first and files last, so that nothing ever refers to what is gone.
  const unused = records.all(layout.keys).filter(({ file }) => !keptFiles.has(file));
  const earlier = [layout.keys, layout.units]
    .flatMap((folder) => records.scan(folder))
    .filter((each) => each.earlier);
  for (const { file } of [...unused, ...earlier]) {
    collected.records++;
    await remove(file);
  }
  const needed = new Set<string>();
  for (const output of allOutputs(store)) {
    if (keptOutputs.has(output)) {
      for (const entry of filesOf(store.manifest(output) ?? [])) needed.add(fileId(entry));
      continue;
    }
    if (lstatSync(layout.output(output), { throwIfNoEntry: false })) {
      collected.outputs++;
      collected.bytes += ownBytes(layout.output(output));
      if (!options.dryRun) await vanish(layout.output(output), temporaryIn(layout.staging));
    }
    await remove(layout.manifest(output));
  }
  for (const { id, path, size } of sharedFiles(store)) {
    if (needed.has(id)) continue;
    collected.files++;
    collected.bytes += size;
    await remove(path);
  }
  for (const folder of [layout.staging, layout.damaged]) {
    for (const name of namesIn(folder)) {
      collected.leftovers++;
      collected.bytes += ownBytes(join(folder, name));
      await remove(join(folder, name));
    }
  }
  return collected;
}

function keptRecords({ layout, records }: Store, options: CollectOptions): StoredRecord[] {
  const newest = records.all(layout.units);
  const since = Date.now() - options.keepRecent * 1000;
  const counts = new Map<string, number>();
  const byKey = records
    .all(layout.keys)
    .sort((a, b) => b.used - a.used)
    .filter(({ record, used }) => {
      const count = (counts.get(record.unit) ?? 0) + 1;
      counts.set(record.unit, count);
      const named = newest.some((each) => each.record.key === record.key);
      return count <= options.keep || used >= since || named;
    });
  return [...newest, ...byKey];
}

/** Bytes of the files in a tree, or of a file, that have no name elsewhere. */
export function ownBytes(path: string): number {
  const own = (file: string) => {
    const stats = lstatSync(file);
    return stats.isFile() && stats.nlink === 1 ? stats.size : 0;
  };
  if (!lstatSync(path).isDirectory()) return own(path);
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => own(join(path, name)))
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** Removes a tree in one step, so that nobody ever sees half of it. */
async function vanish(path: string, staging: string): Promise<void> {
  mkdirSync(dirname(staging), { recursive: true });
  await rename(path, staging);
  await rm(staging, { recursive: true, force: true });
}
