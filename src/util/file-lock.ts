/**
 * Locks between processes, by flock(1). The kernel frees such a lock when its holder dies, however
 * it dies, so there are no stale locks to guess about.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { UserError } from './problem.js';

/** Runs `work` while no other process holds the lock file; waits for whoever does. */
export async function withFileLock<T>(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  signal?.throwIfAborted();
  // The holder says that it has the lock, and keeps it for as long as its standard input is open.
  const holder = execa('flock', [file, 'sh', '-c', 'echo locked && exec cat'], {
    stdin: 'pipe',
    buffer: false,
    reject: false,
    // Ctrl-C reaches the whole foreground group, but the lock has to outlive the tidying up.
    detached: true,
    cleanup: true,
  });
  const stopWaiting = () => holder.kill();
  signal?.addEventListener('abort', stopWaiting);
  const locked = await Promise.race([
    new Promise<boolean>((resolve) => holder.stdout.once('data', () => resolve(true))),
    holder.then(() => false),
  ]);
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
