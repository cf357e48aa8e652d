/**
 * Locks between processes, by flock(1). The kernel frees such a lock when its holder dies, however
 * it dies, so there are no stale locks to guess about.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { UserError } from './problem.js';

export interface FileLockOptions {
  /** Others may hold it too, as long as they share it. */
  shared?: boolean;
  /** Called when it took so long that a person wonders, say after a second. */
  onWait?: () => void;
}

/** Runs `work` while no other process holds the lock file; waits for whoever does. */
export async function withFileLock<T>(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
  { shared = false, onWait }: FileLockOptions = {},
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  signal?.throwIfAborted();
  // The holder says that it has the lock, and keeps it for as long as its standard input is open.
  const holder = execa(
    'flock',
    [shared ? '-s' : '-x', file, 'sh', '-c', 'echo locked && exec cat'],
    {
      stdin: 'pipe',
      buffer: false,
      reject: false,
      // Ctrl-C reaches the whole foreground group, but the lock has to outlive the tidying up.
      detached: true,
      cleanup: true,
    },
  );
  const stopWaiting = () => holder.kill();
  signal?.addEventListener('abort', stopWaiting);
  const wondering = onWait && setTimeout(onWait, 1000);
  const locked = await Promise.race([
    new Promise<boolean>((resolve) => holder.stdout.once('data', () => resolve(true))),
    holder.then(() => false),
  ]);
  clearTimeout(wondering);
  signal?.removeEventListener('abort', stopWaiting);
  if (!locked) {
    signal?.throwIfAborted();
    const { shortMessage } = await holder;
    throw new UserError({
      message: `the lock ${file} cannot be taken`,
      details: shortMessage ? [shortMessage] : [],
      remedy: 'check that the folder is writable and that flock (util-linux) is installed',
    });
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await holder;
  }
}
