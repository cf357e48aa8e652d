import type { Emit } from '../events/event.js';
import type { Unit } from '../plan/unit.js';
import type { Project } from '../project/project.js';
import type { SandboxKind } from '../sandbox/sandbox.js';
import type { Lock } from '../source/lock-file.js';
import type { Store } from '../store/store.js';
import type { Memo } from '../util/memo.js';
import type { LoadedCatalogue } from './catalogue.js';

/** What every part of a build works with. */
export interface Engine {
  project: Project;
  catalogue: LoadedCatalogue;
  store: Store;
  /** What earlier runs found out. */
  memo: Memo;
  lock: Lock;
  /** Packs the units of kind `image`; handed in because `image/` stands on a higher floor. */
  packImage: ImagePacker;
  /** What encloses the commands of builds. */
  sandbox: SandboxKind;
  /** Changes when `packImage` gives other bytes for the same input. */
  packingVersion: string;
  offline: boolean;
  emit: Emit;
  signal: AbortSignal;
}

/**
 * Packs an image into `dest`. `outputOf` gives the output folder of a recipe that the image needs;
 * `log` writes a line of the unit's log. Throws UserError for what the recipe's author can mend.
 */
export type ImagePacker = (job: {
  unit: Unit;
  dest: string;
  outputOf: (recipe: string) => string;
  log: (line: string) => void;
  signal: AbortSignal;
}) => Promise<void>;
