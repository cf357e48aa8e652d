import type { SandboxedCommand, View } from './sandbox.js';

export const bubblewrap = '/usr/bin/bwrap';

/** User and host are the same on every machine, also when stubforge runs as root. */
const usual = { uid: 1000, gid: 1000, host: 'stubforge' };

/**
 * The words of bubblewrap that run a command in namespaces of its own: no network, no other
 * processes, no files but those of the view. Everything in it ends when its first process ends, and
 * when whoever started bubblewrap ends.
 */
export function bubblewrapWords(
  { command, directory, environment, interactive }: SandboxedCommand,
  view: View,
): string[] {
  const { uid, gid, host } = view.identity ?? usual;
  return [
    bubblewrap,
    '--unshare-all',
    '--unshare-user',
    ...['--uid', String(uid), '--gid', String(gid), '--hostname', host],
    '--die-with-parent',
    // A terminal's owner can put words into its input; a build must not reach the user's shell so.
    ...(interactive ? [] : ['--new-session']),
    ...view.mounts.flatMap(({ from, at, writable }) => [
      writable ? '--bind' : '--ro-bind',
      from,
      at,
    ]),
    ...Object.entries(view.links).flatMap(([path, target]) => ['--symlink', target, path]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    // The root and /dev are in memory; what is written there would count as nobody's.
    ...['--size', String(sharedMemoryBytes), '--tmpfs', '/dev/shm'],
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    '--chdir',
    directory,
    '--clearenv',
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    '--',
    ...command,
  ];
}

/** Python's multiprocessing and the like keep semaphores there, and nothing large. */
const sharedMemoryBytes = 64 * 2 ** 20;
