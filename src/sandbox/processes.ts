import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  parent: number;
  group: number;
  /** Threads, of which every process has at least one. */
  threads: number;
}

/** All processes of the machine by their ids, as /proc shows them (proc(5)). */
export function readProcesses(): ReadonlyMap<number, ProcessEntry> {
  const processes = new Map<number, ProcessEntry>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readOrEmpty(`/proc/${name}/stat`);
    // The second field is the command's name, in parentheses, with any characters in it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.length < 18) continue;
    const [parent, group, threads] = [fields[1], fields[2], fields[17]].map(Number);
    processes.set(pid, { parent: parent!, group: group!, threads: threads! });
  }
  return processes;
}

/** The number of all threads of the machine: the fourth field of /proc/loadavg (proc(5)). */
export function countThreads(): number {
  return Number(/\/([0-9]+) /.exec(readOrEmpty('/proc/loadavg'))?.[1] ?? 0);
}

/** The members of a process group and all their descendants. */
export function familyOf(processes: ReadonlyMap<number, ProcessEntry>, group: number): number[] {
  const children = new Map<number, number[]>();
  const family = new Set<number>();
  for (const [pid, entry] of processes) {
    const siblings = children.get(entry.parent);
    if (siblings) siblings.push(pid);
    else children.set(entry.parent, [pid]);
    if (entry.group === group) family.add(pid);
  }
  for (const pid of family) for (const child of children.get(pid) ?? []) family.add(child);
  return [...family];
}

/**
 * The memory of processes that is not backed by files, in bytes, including what is swapped out. Pages that a
 * fork shares with its parent count for both.
 */
export function memoryOf(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    const status = readOrEmpty(`/proc/${pid}/status`);
    for (const [, amount] of status.matchAll(/^(?:RssAnon|RssShmem|VmSwap):\s*([0-9]+) kB$/gm)) {
      kilobytes += Number(amount);
    }
  }
  return kilobytes * 1024;
}

/** A process may end between two looks at it. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
