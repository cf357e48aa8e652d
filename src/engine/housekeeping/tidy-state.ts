/** Removes what builds leave behind outside of the store. */
import { existsSync, lstatSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type UnitName, unitOfFileName } from '../../events/unit-id.js';
import type { StateLayout } from '../../project/state-layout.js';
import { unusedSandboxFiles } from '../../sandbox/unused-views.js';
import { ownBytes } from '../../store/collect-garbage.js';
import type { Store } from '../../store/store.js';
import { isAbandoned, namesIn } from '../../util/files.js';

export interface TidyOptions {
  /**
   * Prefixes and folders of sandboxes that were used within so many seconds stay; less than a day
   * counts as a day.
   */
  keepRecent: number;
  dryRun: boolean;
}

export interface Tidied {
  /** Build trees of units that were built since, as `--keep` leaves them. */
  workspaces: number;
  /** Toolchains that no build has used lately; they are written again when needed. */
  prefixes: number;
  /** Folders with the machine's commands that no sandbox has used lately. */
  sandboxes: number;
  /** What killed processes were writing, and what is computed anew when a plan needs it. */
  temporaries: number;
  /** What all of that took, in bytes of content. */
  bytes: number;
}

const DAY = 86_400;

/**
 * Removes what no build needs any more; trees of failed builds stay, so that one can look at them. Call
 * it while nobody else uses the store.
 */
export async function tidyState(
  state: StateLayout,
  store: Store,
  { keepRecent, dryRun }: TidyOptions,
): Promise<Tidied> {
  const tidied: Tidied = { workspaces: 0, prefixes: 0, sandboxes: 0, temporaries: 0, bytes: 0 };
  const remove = async (path: string, kind: Exclude<keyof Tidied, 'bytes'>) => {
    tidied[kind]++;
    tidied.bytes += ownBytes(path);
    if (!dryRun) await rm(path, { recursive: true, force: true });
  };
  for (const folder of state.foldersOfTemporaries) {
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      if (isAbandoned(path)) await remove(path, 'temporaries');
    }
  }
  const { builds, dom0s, memo, prefixes } = state;
  for (const name of namesIn(builds)) {
    const path = join(builds, name);
    if (!existsSync(path) || !lstatSync(path).isDirectory()) continue;
    const unit = unitOfFileName(name);
    if (unit !== undefined && succeeded(store, state, unit)) await remove(path, 'workspaces');
  }
  const since = Date.now() - Math.max(keepRecent, DAY) * 1000;
  for (const folder of [memo, dom0s]) {
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      if (existsSync(path) && statSync(path).mtimeMs < since) await remove(path, 'temporaries');
    }
  }
  for (const name of namesIn(prefixes)) {
    const path = join(prefixes, name);
    if (existsSync(path) && statSync(path).mtimeMs < since) await remove(path, 'prefixes');
  }
  const { folders: unused, copies } = unusedSandboxFiles(state.sandboxes, since);
  for (const path of unused) await remove(path, 'sandboxes');
  for (const { path, size } of copies) {
    tidied.bytes += size;
    if (!dryRun) await rm(path, { force: true });
  }
  return tidied;
}

/** The record of a build is written after its log; after a failure the log is newer. */
function succeeded({ layout }: Store, state: StateLayout, unit: UnitName): boolean {
  const record = statSync(layout.unit(unit), { throwIfNoEntry: false });
  const log = statSync(state.log(unit), { throwIfNoEntry: false });
  return record !== undefined && (log === undefined || log.mtimeMs <= record.mtimeMs);
}
