/**
 * Checks running commands against their limits. The kernel could enforce some of them with control
 * groups, which few machines let an ordinary user create; looking several times a second works
 * everywhere, but may let a command exceed a limit for a moment.
 */
import { execa } from 'execa';
import { diskSpace, diskUsage, reserveOf } from './disk-usage.js';
import type { Limits } from './limits.js';
import { countThreads, familyOf, memoryOf, readProcesses } from './processes.js';

/** A limit that was exceeded; `used` and `allowed` in the limit's own unit. */
export interface Exceeded {
  limit: keyof Limits | 'free space';
  used: number;
  allowed: number;
}

/** What is known about the disk usage of a unit; kept from one of its commands to the next. */
export interface DiskState {
  /** The size of its folder when all files were last looked at, in bytes. */
  used: number;
  /** What was free then, in bytes. */
  free: number;
  /** When that was, on the clock of `performance.now()`. */
  at: number;
}

/** The state before anything was looked at. */
export const newDiskState = (folder: string): DiskState => ({
  used: 0,
  free: diskSpace(folder).free,
  at: performance.now(),
});

export interface WatchOptions {
  /** The process group that the command runs in. */
  group: number;
  limits: Limits;
  /** The folder that `limits.disk` is about, and those in it that do not count. */
  folder: string;
  except: readonly string[];
  disk: DiskState;
  /** What `limits.time` counts from, on the clock of `performance.now()`. */
  since: number;
  /** Called once, with all processes of the command. */
  exceeded: (what: Exceeded, processes: readonly number[]) => void;
}

/** How often the machine's number of threads and free disk are looked at, which costs next to nothing. */
const glance = 50;
/** How often every process is looked at, unless the number of threads has leapt. */
const interval = 500;
/** Looking at every file of a build takes long; the free space tells when it is worth it. */
const diskInterval = 60_000;
const diskStep = 16 * 2 ** 20;

/** Checks commands against their limits, all of them at each look. */
export class LimitWatcher {
  readonly #watches = new Set<Watch>();
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #lookedThreads = 0;
  #isFirst = false;

  /** Starts to look; the watch has to be ended when the command has ended. */
  watch(options: WatchOptions): Watch {
    const watch = new Watch(options, this.#watches, () => this.#rest());
    this.#comeFirst();
    this.#timer ??= setInterval(() => this.#look(), glance);
    return watch;
  }

  #rest(): void {
    if (this.#watches.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = performance.now();
    const threads = countThreads();
    for (const watch of [...this.#watches]) void watch.lookAtDisk(now);
    // A fork bomb doubles in less than the interval.
    const leap = Math.min(...[...this.#watches].map((watch) => watch.processLimit)) / 4;
    if (now - this.#lookedAt < interval && threads - this.#lookedThreads < leap) return;
    this.#lookedAt = now;
    this.#lookedThreads = threads;
    const processes = readProcesses();
    for (const watch of [...this.#watches]) watch.look(processes);
  }

  /**
   * The kernel does not limit the number of processes that root has started, so thousands of them may
   * compete for the processor before the next look. As root this process therefore runs ahead of all
   * ordinary ones, without its children (sched(7)). Where that is not allowed, it looks when it gets a
   * turn.
   */
  #comeFirst(): void {
    if (this.#isFirst || process.getuid?.() !== 0) return;
    this.#isFirst = true;
    const words = ['--rr', '--reset-on-fork', '--pid', '1', String(process.pid)];
    void execa('chrt', words, { reject: false, stdio: 'ignore' });
  }
}

/** One command and its limits. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #all: Set<Watch>;
  #heard = performance.now();
  #walking = false;

  /** `all` are the watches of all running commands; this one leaves them when its command has ended. */
  constructor(
    options: WatchOptions,
    all: Set<Watch>,
    private readonly ended: () => void,
  ) {
    this.#options = options;
    this.#all = all;
    all.add(this);
  }

  /** Has to be called when the command has ended. */
  end(): void {
    this.#all.delete(this);
    this.ended();
  }

  /** The command has printed something. */
  heard(): void {
    this.#heard = performance.now();
  }

  get processLimit(): number {
    return this.#options.limits.processes;
  }

  look(processes: ReturnType<typeof readProcesses>): void {
    const { limits, group, since } = this.#options;
    const now = performance.now();
    const family = familyOf(processes, group);
    // In this order: each check takes longer than the one before, and a fork bomb does not wait.
    const looks: [keyof Limits, () => number][] = [
      ['processes', () => family.reduce((sum, pid) => sum + processes.get(pid)!.threads, 0)],
      ['time', () => (now - since) / 1000],
      ['silence', () => (now - this.#heard) / 1000],
      ['memory', () => memoryOf(family)],
    ];
    for (const [limit, amount] of looks) {
      const used = amount();
      if (used <= limits[limit]) continue;
      this.#finish({ limit, used, allowed: limits[limit] }, family);
      return;
    }
  }

  async lookAtDisk(now: number): Promise<void> {
    const { limits, folder, disk } = this.#options;
    if (this.#walking) return;
    const { free, size } = diskSpace(folder);
    const reserve = reserveOf(size);
    const full = free <= reserve;
    const step = full ? reserve / 8 : Math.max(diskStep, (limits.disk - disk.used) / 2);
    if (disk.free - free < step && now - disk.at < (full ? interval : diskInterval)) return;
    this.#walking = true;
    const used = await this.#measure(free, now);
    if (used > limits.disk) {
      this.#finish({ limit: 'disk', used, allowed: limits.disk });
    } else if (full && used > reserve) {
      // Of all running commands, the one that took most has to end.
      const others = await Promise.all([...this.#all].map((watch) => watch.#measure(free, now)));
      if (used >= Math.max(...others)) {
        this.#finish({ limit: 'free space', used: free, allowed: reserve });
      }
    }
    this.#walking = false;
  }

  async #measure(free: number, at: number): Promise<number> {
    const { folder, except, disk } = this.#options;
    const used = await diskUsage(folder, except);
    Object.assign(disk, { used, free, at });
    return used;
  }

  #finish(what: Exceeded, family = familyOf(readProcesses(), this.#options.group)): void {
    if (!this.#all.has(this)) return;
    this.end();
    this.#options.exceeded(what, family);
  }
}
