import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { BuildEnvironments } from '../engine/environment/build-environments.js';
import type { Emit } from '../events/event.js';
import { Accelerators } from '../lab/accelerator.js';
import { BuildMachine } from '../machine/build-machine.js';
import type { Project } from '../project/project.js';
import { type Cache, LocalCache } from '../store/cache.js';
import { type HeldStore, holdStore, Store } from '../store/store.js';
import { UserError } from '../util/diagnostic.js';
import { makeFolder } from '../util/files.js';
import { Memo } from '../util/memo.js';

export interface SessionOptions {
  project: Project;
  /** No network at all. */
  offline?: boolean;
  emit: Emit;
  /** Aborted when the work is to stop; long work passes it on to its children. */
  signal?: AbortSignal;
}

/**
 * What every use case works with, from its start to its end: the project, who hears of events, and all
 * that is found out once and used again. One a run of the program, or as many as a program likes.
 */
export class Session {
  readonly project: Project;
  readonly offline: boolean;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Damage that is found in it on the way is reported as warnings. */
  readonly store: Store;
  /** Where finished builds are looked for and kept. */
  readonly cache: Cache;
  readonly memo: Memo;
  /** Whether guests run under KVM here is tried once. */
  readonly accelerators = new Accelerators();
  readonly machine = new BuildMachine();
  readonly environments: BuildEnvironments;

  constructor({ project, offline = false, emit, signal }: SessionOptions) {
    this.project = project;
    this.offline = offline;
    this.emit = emit;
    this.signal = signal ?? new AbortController().signal;
    // Each command that runs listens, and a build has no end of them; ten are not a leak.
    setMaxListeners(0, this.signal);
    this.memo = new Memo(project.state.memo);
    this.environments = new BuildEnvironments(project.state, this.machine);
    this.store = new Store(
      project.state.store,
      (diagnostic) => emit({ type: 'warning', diagnostic }),
      (message) => this.note(message),
    );
    this.cache = new LocalCache(this.store);
  }

  note(message: string): void {
    this.emit({ type: 'note', message });
  }

  /**
   * Makes the state folder where it is missing. Throws UserError where that cannot be. To be called
   * before anything is written below it.
   */
  requireState(): void {
    const { root } = this.project.state;
    try {
      makeFolder(root);
    } catch (error) {
      throw new UserError({
        id: 'state.unusable-path',
        message: `the state folder ${root} cannot be created: ${(error as Error).message}`,
        help: 'name a folder that can be written to: --state DIR, or $STUBFORGE_HOME',
      });
    }
  }

  /** The same with another listener. */
  withEmit(emit: Emit): Session {
    return new Session({ ...this, emit });
  }

  /**
   * Holds the store until the end of the scope: `shared` from a plan to the last look at an output, so
   * that nothing is removed meanwhile; `alone` for removing outputs, so that nobody builds meanwhile.
   */
  async holdStore(how: 'shared' | 'alone'): Promise<HeldStore> {
    this.requireState();
    return holdStore(this.store, how, {
      signal: this.signal,
      onWait: (message) => this.note(message),
    });
  }

  /** For who only looks: held where it exists, and not made for this. */
  async holdStoreIfAny(): Promise<HeldStore> {
    if (existsSync(this.project.state.store)) return this.holdStore('shared');
    return { store: this.store, [Symbol.asyncDispose]: async () => {} };
  }
}
