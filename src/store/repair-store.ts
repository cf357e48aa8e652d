import { rm } from 'node:fs/promises';
import type { UnitName } from '../events/event.js';
import { repairOutput } from './repair-output.js';
import type { Store } from './store.js';
import { verifyStore } from './verify-store.js';

export interface Repairs {
  /** Outputs that are intact again. */
  restored: { output: string; units: UnitName[] }[];
  /** Outputs that were put aside, and where. */
  lost: { output: string; units: UnitName[]; aside?: string }[];
  /** Damaged shared files that were replaced or removed. */
  files: string[];
  restoredRecords: string[];
  removedRecords: string[];
  /** The units that have to be rebuilt when they are needed. */
  rebuild: UnitName[];
}

/**
 * Restores what the store has twice, and removes other damaged entries, so that the next build makes
 * them again. Afterwards the store is sound. Call it while nobody else uses the store.
 */
export async function repairStore(store: Store, signal?: AbortSignal): Promise<Repairs> {
  const { layout, records } = store;
  const report = await verifyStore(store, signal);
  const repairs: Repairs = {
    restored: [],
    lost: [],
    files: report.damagedFiles,
    restoredRecords: [],
    removedRecords: [],
    rebuild: [],
  };
  for (const { output, units } of report.damaged) {
    const repaired = await repairOutput(store, output, 'contents', signal);
    if (repaired.state !== 'lost') repairs.restored.push({ output, units });
    else repairs.lost.push({ output, units, aside: repaired.aside });
  }
  // Those that had a sound copy were replaced on the way; nothing refers to the others any more.
  for (const path of (await verifyStore(store, signal)).damagedFiles) {
    await rm(path, { recursive: true, force: true });
  }
  for (const file of report.damagedRecords) {
    await rm(file, { recursive: true, force: true });
    repairs.removedRecords.push(file);
  }
  await twinRecords(store, repairs);
  for (const { record, file } of records.all(layout.keys)) {
    if (!store.has(record.output)) await rm(file);
  }
  repairs.rebuild = records
    .all(layout.units)
    .filter(({ record }) => !store.has(record.output))
    .map(({ record }) => record.unit);
  return repairs;
}

/** The newest record of a unit is in two places: each restores the other. */
async function twinRecords({ layout, records }: Store, repairs: Repairs): Promise<void> {
  const back = (file: string) => {
    if (!repairs.removedRecords.includes(file)) return;
    repairs.removedRecords = repairs.removedRecords.filter((each) => each !== file);
    repairs.restoredRecords.push(file);
  };
  const byKey = records.all(layout.keys).sort((a, b) => b.used - a.used);
  const newest = new Set(records.all(layout.units).map(({ record }) => record.unit));
  for (const { record } of records.all(layout.units)) {
    if (byKey.some((each) => each.record.key === record.key)) continue;
    await records.writeByKey(record);
    back(layout.key(record.key));
  }
  for (const { record } of byKey) {
    if (newest.has(record.unit)) continue;
    newest.add(record.unit);
    await records.writeNewest(record);
    back(layout.unit(record.unit));
  }
}
