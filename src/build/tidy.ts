/** What builds leave behind beside the store. */
import { existsSync, lstatSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project } from '../project.js';
import { ownBytes } from '../store/collect.js';
import { namesIn } from '../store/records.js';
import type { Store } from '../store/store.js';

export interface TidyOptions {
  /** Prefixes that were used within so many seconds stay; less than a day counts as a day. */
  keepRecent: number;
  dryRun: boolean;
}

export interface Tidied {
  /** Build trees of units that were built since, as `--keep` leaves them. */
  workspaces: number;
  /** Toolchains that no build has used lately; they are written anew when one does. */
  prefixes: number;
  /** What processes that ended by force were writing, and what was kept to save a plan some work. */
  temporaries: number;
  /** What all of that took, in bytes of files' content. */
  bytes: number;
}

const DAY = 86_400;

/**
 * Removes what no build needs any more; trees of failed builds stay for a look. To be called while
 * nobody else uses the store.
 */
export async function tidyState(
  { stateDir }: Project,
  store: Store,
  { keepRecent, dryRun }: TidyOptions,
): Promise<Tidied> {
  const tidied: Tidied = { workspaces: 0, prefixes: 0, temporaries: 0, bytes: 0 };
  const remove = async (path: string, kind: 'workspaces' | 'prefixes' | 'temporaries') => {
    tidied[kind]++;
    tidied.bytes += ownBytes(path);
    if (!dryRun) await rm(path, { recursive: true, force: true });
  };
  const folders = [
    'build',
    'cache',
    'prefixes',
    'sources',
    'downloads',
    'logs',
    'sandbox',
    'sandbox/commands',
    'check/preload',
  ];
  const storeFolders = ['keys', 'units', 'manifests', 'outputs'].map((name) => join('store', name));
  for (const folder of [...folders, ...storeFolders].map((name) => join(stateDir, name))) {
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      if (isAbandoned(path)) await remove(path, 'temporaries');
    }
  }
  const builds = join(stateDir, 'build');
  for (const name of namesIn(builds)) {
    const path = join(builds, name);
    if (!existsSync(path) || !lstatSync(path).isDirectory()) continue;
    if (succeeded(store, stateDir, name)) await remove(path, 'workspaces');
  }
  const since = Date.now() - Math.max(keepRecent, DAY) * 1000;
  const cache = join(stateDir, 'cache');
  for (const name of namesIn(cache)) {
    const path = join(cache, name);
    if (existsSync(path) && statSync(path).mtimeMs < since) await remove(path, 'temporaries');
  }
  const prefixes = join(stateDir, 'prefixes');
  for (const name of namesIn(prefixes)) {
    const path = join(prefixes, name);
    if (existsSync(path) && statSync(path).mtimeMs < since) await remove(path, 'prefixes');
  }
  return tidied;
}

/** A temporary name, as `temporaryBeside` makes them, of a process that is not there any more. */
function isAbandoned(path: string): boolean {
  const process = /\.tmp-(\d+)-[0-9a-f]{8}(?:\.\w+)?$/.exec(path);
  if (!process || !existsSync(path)) return false;
  // Where processes are numbered anew, as in a container, the number may mean another one.
  return !isRunning(Number(process[1])) || lstatSync(path).mtimeMs < Date.now() - 7 * DAY * 1000;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The record of a build is written after its log; after a failure the log is newer. */
function succeeded({ layout }: Store, stateDir: string, name: string): boolean {
  const record = statSync(join(layout.units, `${name}.json`), { throwIfNoEntry: false });
  const log = statSync(join(stateDir, 'logs', `${name}.log`), { throwIfNoEntry: false });
  return record !== undefined && (log === undefined || log.mtimeMs <= record.mtimeMs);
}
