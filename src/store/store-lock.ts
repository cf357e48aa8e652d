import { type FileLock, lockFile } from '../util/file-lock.js';
import type { Store } from './store.js';

export interface HoldOptions {
  signal?: AbortSignal;
  /** Hears that somebody else has to finish first. */
  onWait: (message: string) => void;
}

/**
 * Holds the store until the end of the scope. `shared` is for who relies on outputs: nothing is
 * removed from it meanwhile. `alone` is for who removes things: nobody builds meanwhile.
 */
export function holdStore(
  store: Store,
  how: 'shared' | 'alone',
  { signal, onWait }: HoldOptions,
): Promise<FileLock> {
  const message =
    how === 'shared'
      ? 'waiting for another stubforge that is cleaning up or repairing the store'
      : 'waiting until no other stubforge is building';
  return lockFile(store.layout.lock, {
    signal,
    shared: how === 'shared',
    onWait: () => onWait(message),
  });
}
