import { withFileLock } from '../util/file-lock.js';
import type { Store } from './store.js';

export interface StoreLockOptions {
  signal?: AbortSignal;
  /** Hears that somebody else has to finish first. */
  onWait: (message: string) => void;
}

/** Runs what relies on outputs in the store: nothing is removed from it meanwhile. */
export function whileUsing<T>(
  store: Store,
  { signal, onWait }: StoreLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  return withFileLock(store.layout.lock, signal, work, {
    shared: true,
    onWait: () => onWait('waiting for another stubforge that tidies the store up'),
  });
}

/** Runs what removes things from the store: nobody builds meanwhile. */
export function whileAlone<T>(
  store: Store,
  { signal, onWait }: StoreLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  return withFileLock(store.layout.lock, signal, work, {
    onWait: () => onWait('waiting until no other stubforge builds'),
  });
}
