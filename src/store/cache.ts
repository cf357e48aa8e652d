import type { UnitName } from '../events/unit-id.js';
import type { Depth } from './inspect-tree.js';
import { repairOutput } from './repair-output.js';
import type { Store, UnitRecord } from './store.js';

/** Finished builds: records by key and by unit, and the outputs that they lead to. */
export interface Cache {
  /** The record for a key, if its output is available. */
  lookup(key: string): Promise<UnitRecord | undefined>;
  /** The record of the newest build of a unit, whatever its key. */
  latest(unit: UnitName): Promise<UnitRecord | undefined>;
  /**
   * Makes sure that the local store has an output and that it is intact, as closely as `depth` says.
   * False when it is not available, so that its unit has to be rebuilt.
   */
  fetch(output: string, options?: FetchOutputOptions): Promise<boolean>;
  /** Keeps a record, and the output that it names, which the local store has. */
  put(record: UnitRecord): Promise<void>;
}

export interface FetchOutputOptions {
  /** The whole content when absent. */
  depth?: Depth;
  signal?: AbortSignal;
}

/** The builds in this machine's store. */
export class LocalCache implements Cache {
  constructor(private readonly store: Store) {}

  lookup(key: string): Promise<UnitRecord | undefined> {
    return this.store.lookup(key);
  }

  latest(unit: UnitName): Promise<UnitRecord | undefined> {
    return this.store.latest(unit);
  }

  /** A damaged output is repaired, or put aside. */
  async fetch(output: string, { depth = 'contents', signal }: FetchOutputOptions = {}) {
    const { state } = await repairOutput(this.store, output, depth, signal);
    return state !== 'lost';
  }

  put(record: UnitRecord): Promise<void> {
    return this.store.record(record);
  }
}
