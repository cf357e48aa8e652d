import type { Emit } from '../events/event.js';
import type { BuildMachine } from '../machine/build-machine.js';
import type { Project } from '../project/project.js';
import type { SandboxKind } from '../sandbox/sandbox.js';
import type { Lock } from '../source/lock-file.js';
import type { Cache } from '../store/cache.js';
import type { Store } from '../store/store.js';
import type { Memo } from '../util/memo.js';
import type { LoadedCatalogue } from './catalogue.js';
import type { BuildEnvironments } from './environment/build-environments.js';
import type { Executor } from './executor/executor.js';
import type { ProcessGroups } from './unit/run-command.js';

/** What the build of a unit takes from the machine and the process that it runs in. */
export interface BuildSite {
  project: Pick<Project, 'state'>;
  store: Store;
  /** Has an entry for each distro source that is built. */
  lock: Lock;
  /** Where to look for the recipe that provides what a failed unit lacks. */
  catalogue?: LoadedCatalogue;
  /** What encloses the commands of builds. */
  sandbox: SandboxKind;
  environments: BuildEnvironments;
  emit: Emit;
  signal: AbortSignal;
  /** The commands of builds that are running. */
  groups: ProcessGroups;
}

/** What every part of planning and building works with. */
export interface Engine extends BuildSite {
  project: Project;
  catalogue: LoadedCatalogue;
  /** Where finished builds are looked for and kept; what it fetches comes into the store. */
  cache: Cache;
  /** Where units are built. */
  executor: Executor;
  /** The build machine, as the plan sees it. */
  machine: BuildMachine;
  /** What earlier runs found out. */
  memo: Memo;
  offline: boolean;
}
