/**
 * Results that are kept in files and used again as long as nothing that they were computed from has
 * changed. Anything in it may be lost at any time: it is computed again.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Stamps, stampOf, stampsHold, stampsSince } from './stamps.js';

interface Entry<Value> {
  /** Raised when the value's meaning changes. */
  version: number;
  /** When it was kept, in milliseconds since 1970. */
  time: number;
  /** Of all that it was computed from. */
  stamps: Stamps;
  value: Value;
}

export class Memo {
  constructor(private readonly folder: string) {}

  /**
   * The value that was kept under a name, unless it has another version, something that it was computed
   * from has changed, or it is older than `maxAge` in milliseconds.
   */
  read<Value>(
    name: string,
    version: number,
    maxAge: number = Number.POSITIVE_INFINITY,
  ): Value | undefined {
    try {
      const entry = JSON.parse(readFileSync(this.#file(name), 'utf8')) as Entry<Value>;
      const age = Date.now() - entry.time;
      const usable = entry.version === version && age >= 0 && age <= maxAge;
      return usable && stampsHold(entry.stamps) ? entry.value : undefined;
    } catch {
      // None is kept yet, or in a damaged file, which is as good as none.
      return undefined;
    }
  }

  /**
   * Keeps a value that was computed from `paths`, files or folders, unless one of them may have changed
   * since `time`, in milliseconds since 1970: before they were read.
   */
  async keep<Value>(
    name: string,
    version: number,
    value: Value,
    paths: Iterable<string>,
    time: number,
  ): Promise<void> {
    let stamps: Stamps | undefined;
    try {
      stamps = stampsSince(paths, time);
    } catch {
      // Something that cannot be looked at cannot be known to stay as it is.
    }
    if (!stamps) return;
    const entry: Entry<Value> = { version, time: Date.now(), stamps, value };
    await writeDown(this.#file(name), JSON.stringify(entry));
  }

  /** The value that was kept, or else the result of `compute`, which is then kept. */
  async remember<Value>(
    name: string,
    version: number,
    compute: () => Promise<{ value: Value; paths: Iterable<string> }>,
  ): Promise<Value> {
    const kept = this.read<Value>(name, version);
    if (kept !== undefined) return kept;
    const started = Date.now();
    const { value, paths } = await compute();
    await this.keep(name, version, value, paths, started);
    return value;
  }

  /** Values that were each computed from one file, kept together. */
  table<Value>(name: string): MemoTable<Value> {
    return new MemoTable(this.#file(name));
  }

  #file(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}

/** For thousands of small values: a file of its own for each would take longer to read than to compute. */
export class MemoTable<Value> {
  readonly #entries: Map<string, { stamp: string; value: Value }>;
  #changed = false;

  constructor(private readonly file: string) {
    let entries: Record<string, { stamp: string; value: Value }> = {};
    try {
      entries = JSON.parse(readFileSync(file, 'utf8')) as typeof entries;
    } catch {
      // None are kept yet, or in a damaged file, which is as good as none.
    }
    this.#entries = new Map(Object.entries(entries));
  }

  /** What was computed from a file that has not changed since. */
  get(path: string): Value | undefined {
    const entry = this.#entries.get(path);
    return entry?.stamp === stampOf(path) ? entry.value : undefined;
  }

  /** Keeps what was computed from a file, unless that may have changed since `time`, as in `Memo.keep`. */
  set(path: string, value: Value, time: number): void {
    const stamp = stampsSince([path], time)?.[path];
    // Nothing is kept of a file that is not there: it costs nothing to find that out again.
    if (!stamp) return;
    this.#entries.set(path, { stamp, value });
    this.#changed = true;
  }

  /** Writes new values to the file. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    // Projects come and go; the files of one that is gone are not looked for again.
    for (const path of this.#entries.keys()) if (!existsSync(path)) this.#entries.delete(path);
    const text = JSON.stringify(Object.fromEntries(this.#entries));
    await writeDown(this.file, text);
  }
}

/** What cannot be kept is computed again; that is no reason to stop. */
async function writeDown(file: string, text: string): Promise<void> {
  // A process that only reads, such as a build with nothing to do, does not need the code for writing.
  const { writeFileAtomic } = await import('./files.js');
  await writeFileAtomic(file, text).catch(() => undefined);
}
