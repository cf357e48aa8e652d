/** What one command may see and do, whatever encloses it. */
import { release } from 'node:os';
import { bubblewrapWords } from './bubblewrap.js';

/** `none` gives the command the whole machine; the caller has to have asked for that. */
export const sandboxKinds = ['bubblewrap', 'none'] as const;
export type SandboxKind = (typeof sandboxKinds)[number];

/** A file or folder of the machine, and where the command sees it. Both paths are absolute. */
export interface Mount {
  from: string;
  at: string;
  /** Read-only when absent. */
  writable?: boolean;
}

/** The file system of a sandbox. Nothing else of the machine is in it but /proc and /dev of its own. */
export interface View {
  /** In this order, so that a later one may lie within an earlier one. */
  mounts: readonly Mount[];
  /** Symbolic links: path to target. */
  links: Readonly<Record<string, string>>;
  /** Who works in it, and on what machine; the same for all builds when absent. */
  identity?: { uid: number; gid: number; host: string };
}

export interface SandboxedCommand {
  command: readonly string[];
  /** As the command sees it. */
  directory: string;
  /** The whole environment: nothing is inherited. */
  environment: Readonly<Record<string, string>>;
  /** Absent without a sandbox: the command sees what the machine has. */
  view?: View;
  /** The most memory that one of its processes may have for data, in bytes. */
  dataBytes?: number;
  /** The most that one file may grow to, in bytes. */
  fileBytes?: number;
  /** The most processes and threads that it may have at once. */
  processes?: number;
  /** Keeps the terminal's job control, which a build must not have. */
  interactive?: boolean;
}

/** A command in the form in which it is started. */
export interface StartedCommand {
  words: string[];
  directory: string;
  environment: Record<string, string>;
}

/** What has to be started so that the command runs in its sandbox. */
export function enclose(wanted: SandboxedCommand): StartedCommand {
  const inner = { ...wanted, command: settled(wanted) };
  if (wanted.view) {
    // Variables such as LD_PRELOAD must reach the command and not what encloses it.
    return { words: bubblewrapWords(inner, wanted.view), directory: '/', environment: {} };
  }
  return {
    words: inner.command,
    directory: wanted.directory,
    environment: { ...wanted.environment },
  };
}

/** Gives the command the same umask on every machine, and the limits that the kernel itself keeps. */
function settled({ command, dataBytes, fileBytes, ...wanted }: SandboxedCommand): string[] {
  const limits = [
    'ulimit -c 0',
    ...(dataBytes === undefined ? [] : [`ulimit -d ${Math.ceil(dataBytes / 1024)}`]),
    ...(fileBytes === undefined ? [] : [`ulimit -f ${Math.ceil(fileBytes / 512)}`]),
    // dash calls it -p, bash -u.
    ...(wanted.processes === undefined || !(wanted.view && countsApart())
      ? []
      : [`ulimit -p ${wanted.processes} 2>/dev/null || ulimit -u ${wanted.processes}`]),
    // A machine may have set a lower limit, which nobody may raise again.
  ].map((limit) => `${limit} 2>/dev/null || :`);
  return ['/bin/sh', '-c', ['umask 022', ...limits, 'exec "$@"'].join('\n'), 'sh', ...command];
}

/**
 * Whether the kernel counts the processes of a user namespace apart from the user's others, as it
 * does since Linux 5.14, and holds them to a limit: it never does so with what root has started.
 */
function countsApart(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}
