/** Compares the whole store with its manifests and records. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { UnitName } from '../events/event.js';
import { namesIn } from '../util/files.js';
import { type Fault, hasContent, inspectTree } from './inspect-tree.js';
import { fileId, filesOf, type Manifest } from './manifest.js';
import type { Store } from './store.js';
import { jsonFiles, type StoredRecord } from './unit-records.js';

export interface StoreReport {
  /** How much was checked. `bytes` counts each shared file once. */
  outputs: number;
  records: number;
  files: number;
  bytes: number;
  /** Outputs that do not match their manifests, with the units that they belong to. */
  damaged: { output: string; units: UnitName[]; faults: Fault[] }[];
  /** Shared files whose content does not match their names. */
  damagedFiles: string[];
  /** Files in `keys/` and `units/` that are not sound records. */
  damagedRecords: string[];
  /** How many records have an earlier format, which is not damage. */
  earlierRecords: number;
  /** Units whose newest output is gone, so that they would be rebuilt. That is not damage. */
  missing: UnitName[];
}

export function isDamaged({ damaged, damagedFiles, damagedRecords }: StoreReport): boolean {
  return damaged.length + damagedFiles.length + damagedRecords.length > 0;
}

/** Reads everything. Changes nothing but the times of intact files that were touched. */
export async function verifyStore(store: Store, signal?: AbortSignal): Promise<StoreReport> {
  const { layout, records } = store;
  const scanned = [layout.keys, layout.units].flatMap((folder) => records.scan(folder));
  const newest = records.all(layout.units);
  const report: StoreReport = {
    outputs: 0,
    records: scanned.length,
    files: 0,
    bytes: 0,
    damaged: [],
    damagedFiles: [],
    damagedRecords: scanned
      .filter((each) => !each.record && !each.earlier)
      .map((each) => each.file),
    earlierRecords: scanned.filter((each) => each.earlier).length,
    missing: newest.filter(({ record }) => !store.has(record.output)).map(unitOf),
  };
  const counted = new Set<string>();
  const soundInodes = new Set<number>();
  for (const output of allOutputs(store)) {
    signal?.throwIfAborted();
    const root = layout.output(output);
    const manifest = store.manifest(output);
    const units = records.unitsOf(output);
    // Without a record, a manifest without a tree is left over from a crash, and a tree without a
    // manifest has an earlier format.
    const present = lstatSync(root, { throwIfNoEntry: false }) !== undefined;
    const described = lstatSync(layout.manifest(output), { throwIfNoEntry: false }) !== undefined;
    if (units.length === 0 && ((manifest && !present) || !described)) continue;
    report.outputs++;
    const faults: Fault[] = manifest
      ? await inspectTree(root, manifest, 'contents')
      : [{ path: '', what: present ? 'unreadable' : 'missing' }];
    if (faults.length > 0) report.damaged.push({ output, units, faults });
    else addInodes(root, manifest!, soundInodes);
    for (const entry of filesOf(manifest ?? [])) {
      if (counted.has(fileId(entry))) continue;
      counted.add(fileId(entry));
      report.files++;
      report.bytes += entry.size;
    }
  }
  for (const { path, ino, size, id } of sharedFiles(store)) {
    signal?.throwIfAborted();
    if (soundInodes.has(ino)) continue;
    const [sha256, mark] = [id.slice(0, 64), id.slice(64)];
    const entry = { path, type: 'file', executable: mark === '-x', size, sha256 } as const;
    if (!hasContent(path, entry)) report.damagedFiles.push(path);
  }
  return report;
}

const unitOf = ({ record }: StoredRecord) => record.unit;

function addInodes(root: string, manifest: Manifest, inodes: Set<number>): void {
  for (const entry of filesOf(manifest)) inodes.add(lstatSync(join(root, entry.path)).ino);
}

/** The names of all outputs that have a tree or a manifest or both. */
export function allOutputs({ layout }: Store): string[] {
  const described = jsonFiles(layout.manifests).map((file) =>
    file.slice(layout.manifests.length + 1, -'.json'.length),
  );
  return [...new Set([...namesIn(layout.outputs), ...described])].sort();
}

export interface SharedFile {
  id: string;
  path: string;
  ino: number;
  size: number;
}

/** The files that outputs share, in order of their names. */
export function sharedFiles({ layout }: Store): SharedFile[] {
  return namesIn(layout.files).flatMap((folder) =>
    namesIn(join(layout.files, folder)).map((id) => {
      const path = join(layout.files, folder, id);
      const { ino, size } = lstatSync(path);
      return { id, path, ino, size };
    }),
  );
}
