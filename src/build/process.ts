import { spawn } from 'node:child_process';
import type { WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface RunOptions {
  cwd: string;
  /** The whole environment: nothing is inherited. */
  environment: Record<string, string>;
  log: WriteStream;
  onLine?: (line: string) => void;
  signal: AbortSignal;
}

export type RunOutcome =
  | { ended: 'exit'; code: number }
  | { ended: 'signal'; name: NodeJS.Signals }
  | { ended: 'aborted' };

/** Groups that are running now, so that not even a crash of stubforge leaves them behind. */
const running = new Set<number>();

process.on('exit', () => {
  for (const group of running) endGroup(group, 'SIGKILL');
});

/**
 * Runs a command in a process group of its own, so that an abort reaches everything it started.
 * Both output streams go to the log, line by line. Never rejects for what the command does.
 */
export function runCommand(command: readonly string[], options: RunOptions): Promise<RunOutcome> {
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) return resolve({ ended: 'aborted' });
    const child = spawn(command[0]!, command.slice(1), {
      cwd: options.cwd,
      env: options.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const group = child.pid;
    if (group !== undefined) running.add(group);
    let killTimer: NodeJS.Timeout | undefined;
    const abort = () => {
      if (group === undefined) return;
      endGroup(group, 'SIGTERM');
      // Some tools take their time over SIGTERM; nobody who pressed Ctrl-C wants to wait for them.
      killTimer = setTimeout(() => endGroup(group, 'SIGKILL'), 1500);
    };
    options.signal.addEventListener('abort', abort, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        options.log.write(`${line}\n`);
        options.onLine?.(line);
      });
    }
    const settle = () => {
      options.signal.removeEventListener('abort', abort);
      if (killTimer) clearTimeout(killTimer);
      if (group !== undefined) running.delete(group);
    };
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    // What the command left in the background would hold its output and its folders open.
    child.on('exit', () => {
      if (group !== undefined) endGroup(group, 'SIGKILL');
    });
    child.on('close', (code, name) => {
      settle();
      if (options.signal.aborted) resolve({ ended: 'aborted' });
      else if (name) resolve({ ended: 'signal', name });
      else resolve({ ended: 'exit', code: code ?? 1 });
    });
  });
}

function endGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group has ended by itself.
  }
}
