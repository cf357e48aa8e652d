/**
 * Locks between processes, by flock(1). The kernel releases such a lock when its holder dies, however it
 * dies, so no lock is ever stale.
 */
import { spawn } from 'node:child_process';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from './diagnostic.js';
import { isUnwritable } from './disk-errors.js';

export interface FileLockOptions {
  /** Stops waiting. */
  signal?: AbortSignal;
  /** Others may hold it too, as long as they share it. */
  shared?: boolean;
  /** Called when waiting takes so long that the user should know, after a second. */
  onWait?: () => void;
}

/** A lock that is held. It is released at the end of the `await using` scope. */
export interface FileLock extends AsyncDisposable {
  /**
   * Holds the lock: a child that inherits it keeps the lock until it ends, even if this process does
   * not live to see that.
   */
  readonly descriptor: number;
}

/** Locks a file; waits for the process that holds the lock. Throws UserError where that fails. */
export async function lockFile(
  file: string,
  { signal, shared = false, onWait }: FileLockOptions = {},
): Promise<FileLock> {
  const opened = await openLock(file, shared);
  const wondering = onWait && setTimeout(onWait, 1000);
  try {
    signal?.throwIfAborted();
    await take(opened.fd, shared, signal);
    return { descriptor: opened.fd, [Symbol.asyncDispose]: () => opened.close() };
  } catch (error) {
    await opened.close();
    signal?.throwIfAborted();
    throw new UserError({
      id: 'state.cannot-lock',
      message: `cannot lock ${file}`,
      details: [(error as Error).message],
      help: 'check that the folder is writable and that flock (util-linux) is installed',
    });
  } finally {
    clearTimeout(wondering);
  }
}

/** Without permission to write, a lock can still be shared: on the file as it is, or on its folder. */
async function openLock(file: string, shared: boolean): Promise<FileHandle> {
  try {
    await mkdir(dirname(file), { recursive: true });
    return await open(file, 'a');
  } catch (error) {
    if (!shared || !isUnwritable(error)) throw error;
    return open(file, 'r').catch(() =>
      open(dirname(file), 'r').catch(() => {
        throw error;
      }),
    );
  }
}

/** The lock belongs to the opened file, and not to the program that asks the kernel for it. */
function take(descriptor: number, shared: boolean, signal: AbortSignal | undefined) {
  return new Promise<void>((resolve, reject) => {
    const flock = spawn('flock', [shared ? '-s' : '-x', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
      // Ctrl-C reaches the whole foreground group, but the signal decides when to stop waiting.
      detached: true,
    });
    const stop = () => flock.kill();
    const ended = () => signal?.removeEventListener('abort', stop);
    signal?.addEventListener('abort', stop);
    flock.on('error', (error) => {
      ended();
      reject(error);
    });
    flock.on('close', (code, name) => {
      ended();
      if (code === 0) resolve();
      else reject(new Error(`flock ended with ${name ?? `exit code ${code}`}`));
    });
  });
}
