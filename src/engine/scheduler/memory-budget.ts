import { readFile } from 'node:fs/promises';

/**
 * Keeps units whose recipes say how much memory they need from running side by side where the machine
 * has too little. A single one always runs, whatever it says.
 */
export class MemoryBudget {
  #held = 0;
  readonly #waiting: { bytes: number; go: () => void }[] = [];

  /** `available`: how many bytes all of them may need together. */
  constructor(private readonly available: number) {}

  /** Waits until there is enough, and holds it until the end of the `using` scope. */
  async reserve(bytes: number, signal: AbortSignal): Promise<Disposable> {
    if (bytes === 0) return { [Symbol.dispose]: () => {} };
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const entry = {
        bytes,
        go: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(entry);
      this.#settle();
    });
    return {
      [Symbol.dispose]: () => {
        this.#held -= bytes;
        this.#settle();
      },
    };
  }

  #settle(): void {
    for (const entry of [...this.#waiting]) {
      if (this.#held > 0 && this.#held + entry.bytes > this.available) continue;
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      this.#held += entry.bytes;
      entry.go();
    }
  }
}

/** The bytes of memory that are available to programs now, on the machine or to this process. */
export async function availableMemory(): Promise<number> {
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = Number(/^MemAvailable:\s+([0-9]+) kB$/m.exec(meminfo)?.[1] ?? Number.NaN);
  const machine = Number.isNaN(kibibytes) ? Number.POSITIVE_INFINITY : kibibytes * 1024;
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(machine, constrained) : machine;
}
