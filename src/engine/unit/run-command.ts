import { spawn } from 'node:child_process';
import type { WriteStream } from 'node:fs';
import { constants } from 'node:os';
import {
  type DiskState,
  type Exceeded,
  type LimitWatcher,
  newDiskState,
  type Watch,
} from '../../sandbox/limit-watch.js';
import { type Limits, shortestLine } from '../../sandbox/limits.js';
import { LineSplitter } from '../../sandbox/line-splitter.js';

export interface RunOptions {
  cwd: string;
  /** The whole environment: nothing is inherited. */
  environment: Record<string, string>;
  log: WriteStream;
  onLine?: (line: string) => void;
  signal: AbortSignal;
  /** Knows its process group while it runs. */
  groups: ProcessGroups;
  /** Descriptors that the command inherits, from 3 on: a lock holds until its last process ends. */
  inherits?: readonly number[];
  /** Without it the command may take what it likes. */
  budget?: Budget;
}

/** What the commands of one unit may take together. */
export interface Budget {
  /** Watches that they keep to the limits. */
  watcher: LimitWatcher;
  limits: Limits;
  /** Seconds that its earlier commands took. */
  seconds: number;
  /** Bytes that it has printed. */
  printed: number;
  /** What `limits.disk` is about, and the folders in it that do not count. */
  folder: string;
  except: readonly string[];
  /** Absent before the first command. */
  disk?: DiskState;
}

export type RunOutcome =
  | { ended: 'exit'; code: number }
  | { ended: 'signal'; name: NodeJS.Signals }
  | { ended: 'limit'; exceeded: Exceeded }
  | { ended: 'aborted' };

/** Shells and bubblewrap report a signal as an exit code above 128. */
export function exitText(code: number): string {
  const [name] =
    Object.entries(constants.signals).find(([, number]) => number === code - 128) ?? [];
  return name ? `exit code ${code} (${name})` : `exit code ${code}`;
}

/** The process groups that are running now: they are ended even when stubforge crashes. */
export class ProcessGroups {
  readonly #running = new Set<number>();
  readonly #endAll = () => {
    for (const group of this.#running) endGroup(group, 'SIGKILL');
  };

  add(group: number): void {
    if (this.#running.size === 0) process.on('exit', this.#endAll);
    this.#running.add(group);
  }

  delete(group: number): void {
    this.#running.delete(group);
    if (this.#running.size === 0) process.off('exit', this.#endAll);
  }
}

/**
 * Runs a command in a process group of its own, so that an abort reaches everything it started.
 * Both output streams go to the log, line by line. However the command ends, this does not reject.
 */
export function runCommand(command: readonly string[], options: RunOptions): Promise<RunOutcome> {
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) return resolve({ ended: 'aborted' });
    const { log, budget, groups } = options;
    const child = spawn(command[0]!, command.slice(1), {
      cwd: options.cwd,
      env: options.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(options.inherits ?? [])],
    });
    const group = child.pid;
    if (group !== undefined) groups.add(group);
    let killTimer: NodeJS.Timeout | undefined;
    const abort = () => {
      if (group === undefined) return;
      endGroup(group, 'SIGTERM');
      // Some tools are slow to react to SIGTERM, and whoever pressed Ctrl-C does not want to wait.
      killTimer = setTimeout(() => endGroup(group, 'SIGKILL'), 1500);
    };
    options.signal.addEventListener('abort', abort, { once: true });

    let exceeded: Exceeded | undefined;
    const exceed = (what: Exceeded, processes: readonly number[] = []) => {
      exceeded ??= what;
      if (group !== undefined) endGroup(group, 'SIGKILL');
      // Without a sandbox some may have left the group.
      for (const pid of processes) endProcess(pid);
    };
    const started = performance.now();
    const since = started - 1000 * (budget?.seconds ?? 0);
    let watch: Watch | undefined;
    if (budget && group !== undefined) {
      budget.disk ??= newDiskState(budget.folder);
      watch = budget.watcher.watch({
        ...budget,
        disk: budget.disk,
        since,
        group,
        exceeded: exceed,
      });
    }

    const take = (line: string) => {
      if (exceeded) return;
      log.write(`${line}\n`);
      options.onLine?.(line);
      if (!budget) return;
      budget.printed += Math.max(shortestLine, line.length);
      const allowed = budget.limits.output;
      if (budget.printed > allowed) exceed({ limit: 'output', used: budget.printed, allowed });
    };
    for (const stream of [child.stdout!, child.stderr!]) {
      const splitter = new LineSplitter(take);
      stream.setEncoding('utf8').on('data', (text: string) => {
        watch?.heard();
        if (!exceeded) splitter.push(text);
      });
      stream.on('end', () => splitter.end());
    }
    const settle = () => {
      options.signal.removeEventListener('abort', abort);
      if (killTimer) clearTimeout(killTimer);
      watch?.end();
      if (budget) budget.seconds += (performance.now() - started) / 1000;
      if (group !== undefined) groups.delete(group);
    };
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    // What the command left running in the background would keep its output and its folders open.
    child.on('exit', () => {
      if (group !== undefined) endGroup(group, 'SIGKILL');
    });
    child.on('close', (code, name) => {
      settle();
      if (options.signal.aborted) resolve({ ended: 'aborted' });
      else if (exceeded) resolve({ ended: 'limit', exceeded });
      else if (name) resolve({ ended: 'signal', name });
      else resolve({ ended: 'exit', code: code ?? 1 });
    });
  });
}

const endGroup = (group: number, signal: NodeJS.Signals) => endProcess(-group, signal);

function endProcess(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
