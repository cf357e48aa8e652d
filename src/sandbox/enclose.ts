import { release } from 'node:os';
import { bubblewrapWords } from './bubblewrap.js';
import type { SandboxedCommand, StartedCommand } from './sandbox.js';

/** What has to be started to run the command in its sandbox. */
export function enclose(wanted: SandboxedCommand): StartedCommand {
  const inner = { ...wanted, command: settled(wanted) };
  if (wanted.view) {
    // Variables such as LD_PRELOAD must reach the command and not bubblewrap.
    return { words: bubblewrapWords(inner, wanted.view), directory: '/', environment: {} };
  }
  return {
    words: inner.command,
    directory: wanted.directory,
    environment: { ...wanted.environment },
  };
}

/** Gives the command the same umask on every machine, and the limits that the kernel enforces itself. */
function settled({ command, dataBytes, fileBytes, ...wanted }: SandboxedCommand): string[] {
  const limits = [
    'ulimit -c 0',
    ...(dataBytes === undefined ? [] : [`ulimit -d ${Math.ceil(dataBytes / 1024)}`]),
    ...(fileBytes === undefined ? [] : [`ulimit -f ${Math.ceil(fileBytes / 512)}`]),
    // dash calls it -p, bash -u.
    ...(wanted.processes === undefined || !(wanted.view && countsApart())
      ? []
      : [`ulimit -p ${wanted.processes} 2>/dev/null || ulimit -u ${wanted.processes}`]),
    // A machine may have set a lower limit, which cannot be raised again.
  ].map((limit) => `${limit} 2>/dev/null || :`);
  return ['/bin/sh', '-c', ['umask 022', ...limits, 'exec "$@"'].join('\n'), 'sh', ...command];
}

/**
 * Whether the kernel counts the processes of a user namespace separately from the user's others, as it
 * does since Linux 5.14, and limits them: it never limits processes that root has started.
 */
function countsApart(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}
