import { execa } from 'execa';
import { UserError } from '../util/diagnostic.js';
import type { SandboxedCommand, View } from './sandbox.js';

const bubblewrap = '/usr/bin/bwrap';

/** The user and the host name are the same on every machine, even when stubforge runs as root. */
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
    // A process can push input into its terminal; a build must not reach the user's shell that way.
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
    // The root and /dev are in memory; no limit would count what is written there.
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

/**
 * Tries bubblewrap with all that builds use of it. Throws UserError with the cause where it does not
 * work: many containers forbid new namespaces or a /proc of one's own.
 */
export async function requireBubblewrap(): Promise<void> {
  const words = bubblewrapWords(
    { command: ['/bin/true'], directory: '/', environment: {} },
    { mounts: [{ from: '/usr', at: '/usr' }], links: mergedLinks },
  );
  const { failed, stderr, code } = await execa(words[0]!, words.slice(1), {
    reject: false,
    env: {},
    extendEnv: false,
  });
  if (!failed) return;
  throw new UserError({
    id: 'sandbox.unavailable',
    message: 'builds cannot be sandboxed on this machine: bubblewrap does not work',
    details:
      code === 'ENOENT'
        ? [`${bubblewrap} is not installed`]
        : String(stderr).trim().split('\n').slice(0, 4),
    help: `${
      code === 'ENOENT'
        ? 'run stubforge setup'
        : 'allow user namespaces (in a container: run it with unconfined seccomp and AppArmor profiles)'
    }; or build without a sandbox: --sandbox=none`,
  });
}

const mergedLinks = { '/bin': 'usr/bin', '/lib': 'usr/lib', '/lib64': 'usr/lib64' };
