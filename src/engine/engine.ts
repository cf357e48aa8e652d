import type { Emit } from '../events/event.js';
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
  /** What encloses the commands of builds. */
  sandbox: SandboxKind;
  offline: boolean;
  emit: Emit;
  signal: AbortSignal;
}
