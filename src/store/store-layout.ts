/**
 * Where things are in a store. Everything with its final name is complete: it was renamed or linked from
 * `staging/`, or from the tree that a build left.
 */
import { join } from 'node:path';
import { type UnitName, unitFileName } from '../events/unit-id.js';

export class StoreLayout {
  constructor(readonly directory: string) {}

  /** Finished trees, each under the hash of its content. */
  get outputs(): string {
    return join(this.directory, 'outputs');
  }
  output(name: string): string {
    return join(this.outputs, name);
  }

  /** For each output, the list of its entries. */
  get manifests(): string {
    return join(this.directory, 'manifests');
  }
  manifest(output: string): string {
    return join(this.manifests, `${output}.json`);
  }

  /** Every file of every output once; the outputs hold hard links to these. */
  get files(): string {
    return join(this.directory, 'files');
  }
  file(id: string): string {
    return join(this.files, id.slice(0, 2), id);
  }

  /** Records by key: which output a unit with this key gave. */
  get keys(): string {
    return join(this.directory, 'keys');
  }
  key(key: string): string {
    return join(this.keys, `${key}.json`);
  }

  /** The record of each unit's newest build. */
  get units(): string {
    return join(this.directory, 'units');
  }
  unit(unit: UnitName): string {
    return join(this.units, `${unitFileName(unit)}.json`);
  }

  /** What is being written. Anything here while nobody uses the store is left over from a crash. */
  get staging(): string {
    return join(this.directory, 'staging');
  }

  /** Outputs that were found damaged, put aside so that somebody can look at them. */
  get damaged(): string {
    return join(this.directory, 'damaged');
  }

  /** Held by the one process that repairs an output. */
  get repairLock(): string {
    return join(this.directory, 'repair.lock');
  }

  /** Held shared by those who build, and alone by those who remove. */
  get lock(): string {
    return join(this.directory, 'lock');
  }
}
