/** What is done to the store as a whole, each holding it as the work asks for. */
import { type Tidied, tidyState } from '../engine/housekeeping/tidy-state.js';
import type { UnitName } from '../events/unit-id.js';
import { type Collected, type CollectOptions, collectGarbage } from '../store/collect-garbage.js';
import { type Exported, exportStore } from '../store/export-archive.js';
import { type Imported, importStore } from '../store/import-archive.js';
import { type Repairs, repairStore } from '../store/repair-store.js';
import { type StoreStatistics, storeStatistics } from '../store/statistics.js';
import { isDamaged, type StoreReport, verifyStore } from '../store/verify-store.js';
import type { Session } from './session.js';

/** What is in the store; `savedBytes` is what sharing equal files saves. */
export async function measureStore({
  store,
}: Session): Promise<StoreStatistics & { savedBytes: number }> {
  const statistics = await storeStatistics(store);
  return { ...statistics, savedBytes: statistics.bytes - statistics.storedBytes };
}

/** Reads everything in the store and changes nothing; `sound` where nothing is damaged. */
export async function checkStore(session: Session): Promise<StoreReport & { sound: boolean }> {
  await using held = await session.holdStore('shared');
  const report = await verifyStore(held.store, session.signal);
  return { ...report, sound: !isDamaged(report) };
}

/**
 * Restores what is damaged, or puts it aside so that it is built again. Waits until nobody else uses the
 * store.
 */
export async function repairOutputs(session: Session): Promise<Repairs> {
  await using held = await session.holdStore('alone');
  return await repairStore(held.store, session.signal);
}

/** What was removed, or with `dryRun` would be. `bytes` is the size of all of it. */
export interface Cleaned extends Collected, Tidied {
  dryRun: boolean;
}

/**
 * Removes outputs that are neither new nor recent, and what crashes and builds left behind in the state
 * folder. Waits until nobody else uses the store.
 */
export async function cleanStore(session: Session, options: CollectOptions): Promise<Cleaned> {
  await using held = await session.holdStore('alone');
  const collected = await collectGarbage(held.store, options);
  const tidied = await tidyState(session.project.state, held.store, options);
  const bytes = collected.bytes + tidied.bytes;
  return { ...collected, ...tidied, bytes, dryRun: options.dryRun };
}

/**
 * Writes the newest outputs of units (of all, when none is named) and their records to an archive, whose
 * name says how it is compressed. Throws UserError for units that were not built, and DamagedOutput.
 */
export async function exportOutputs(
  session: Session,
  file: string,
  units: readonly UnitName[],
): Promise<Exported> {
  await using held = await session.holdStore('shared');
  return await exportStore(held.store, file, units);
}

/**
 * Takes the outputs and records of an archive that `exportOutputs` wrote; all, or none where a byte is
 * wrong. Throws UserError that names the archive.
 */
export async function importOutputs(session: Session, file: string): Promise<Imported> {
  await using held = await session.holdStore('shared');
  return await importStore(held.store, file);
}
