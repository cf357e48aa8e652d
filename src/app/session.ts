import type { Emit } from '../events/event.js';
import type { Project } from '../project/project.js';
import { Store } from '../store/store.js';
import { whileAlone, whileUsing } from '../store/store-lock.js';
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
  /** Damage that is found in it on the way is told as warnings. */
  readonly store: Store;
  readonly memo: Memo;

  constructor({ project, offline = false, emit, signal }: SessionOptions) {
    this.project = project;
    this.offline = offline;
    this.emit = emit;
    this.signal = signal ?? new AbortController().signal;
    this.memo = new Memo(project.state.memo);
    this.store = new Store(
      project.state.store,
      (diagnostic) => emit({ type: 'warning', diagnostic }),
      (message) => this.note(message),
    );
  }

  note(message: string): void {
    this.emit({ type: 'note', message });
  }

  /** The same with another listener. */
  withEmit(emit: Emit): Session {
    return new Session({ ...this, emit });
  }

  /** Runs what relies on outputs of the store: from a plan to the last look at an output. */
  usingStore<T>(work: () => Promise<T>): Promise<T> {
    return whileUsing(this.store, this.#waiting, work);
  }

  /** Runs what removes outputs: nobody builds meanwhile. */
  aloneWithStore<T>(work: () => Promise<T>): Promise<T> {
    return whileAlone(this.store, this.#waiting, work);
  }

  get #waiting() {
    return { signal: this.signal, onWait: (message: string) => this.note(message) };
  }
}
