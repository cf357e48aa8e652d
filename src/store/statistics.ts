import { join } from 'node:path';
import type { UnitName } from '../events/event.js';
import { namesIn } from '../util/files.js';
import { ownBytes } from './collect-garbage.js';
import { fileId, filesOf } from './manifest.js';
import type { Store } from './store.js';
import { allOutputs } from './verify-store.js';

export interface StoreStatistics {
  outputs: number;
  /** Records by key; the copy of each unit's newest record is not counted. */
  records: number;
  /** Files of all outputs, and their bytes, as if nothing were shared. */
  files: number;
  bytes: number;
  /** Files that are kept, each content once. */
  storedFiles: number;
  storedBytes: number;
  /** Outputs that were found damaged and put aside, and leftovers of crashes; in bytes. */
  asideBytes: number;
  units: UnitStatistics[];
}

export interface UnitStatistics {
  unit: UnitName;
  /** Its newest output, which may be gone. */
  output: string;
  present: boolean;
  records: number;
  files: number;
  bytes: number;
}

/** What is in the store, according to manifests and records. */
export async function storeStatistics(store: Store): Promise<StoreStatistics> {
  const { layout, records } = store;
  const byKey = records.all(layout.keys);
  const statistics: StoreStatistics = {
    outputs: 0,
    records: byKey.length,
    files: 0,
    bytes: 0,
    storedFiles: 0,
    storedBytes: 0,
    asideBytes: 0,
    units: [],
  };
  const sizes = new Map<string, { files: number; bytes: number }>();
  const stored = new Set<string>();
  for (const output of allOutputs(store)) {
    if (!store.has(output)) continue;
    const files = filesOf(store.manifest(output) ?? []);
    const bytes = files.reduce((sum, entry) => sum + entry.size, 0);
    sizes.set(output, { files: files.length, bytes });
    statistics.outputs++;
    statistics.files += files.length;
    statistics.bytes += bytes;
    for (const entry of files) {
      if (stored.has(fileId(entry))) continue;
      stored.add(fileId(entry));
      statistics.storedFiles++;
      statistics.storedBytes += entry.size;
    }
  }
  for (const folder of [layout.staging, layout.damaged]) {
    for (const name of namesIn(folder)) statistics.asideBytes += ownBytes(join(folder, name));
  }
  statistics.units = records.all(layout.units).map(({ record: { unit, output } }) => ({
    unit,
    output,
    present: sizes.has(output),
    records: byKey.filter(({ record }) => record.unit === unit).length,
    ...(sizes.get(output) ?? { files: 0, bytes: 0 }),
  }));
  return statistics;
}
