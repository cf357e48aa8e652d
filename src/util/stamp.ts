/**
 * Stamps tell whether a file is still what it was without reading it, as make and git do: by device,
 * inode, size and the times of its last change. Unlike the modification time, the change time cannot
 * be set back.
 */
import { readFileSync, statSync } from 'node:fs';
import { writeFileAtomic } from './atomic.js';

/** The stamp of what a path leads to; empty when there is nothing. */
export function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.dev}.${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}` : '';
}

/** Paths with their stamps. */
export type Stamps = Readonly<Record<string, string>>;

/** File systems count time in steps of some milliseconds; two changes in one step look like one. */
const settlingNanoseconds = 50_000_000n;

/** Stamps of all paths, or undefined when one changed so lately that it may change unseen. */
export function settledStamps(paths: Iterable<string>): Stamps | undefined {
  const youngest = BigInt(Date.now()) * 1_000_000n - settlingNanoseconds;
  const stamps: Record<string, string> = {};
  for (const path of paths) {
    const stamp = stampOf(path);
    if (stamp !== '' && BigInt(stamp.slice(stamp.lastIndexOf('.') + 1)) > youngest)
      return undefined;
    stamps[path] = stamp;
  }
  return stamps;
}

export function stampsHold(stamps: Stamps): boolean {
  for (const path in stamps) if (stampOf(path) !== stamps[path]) return false;
  return true;
}

/**
 * The value that `compute` gave when it last ran, while none of `paths`, which are all that it reads,
 * has changed since; kept in `file`. `version` is raised when the value's meaning changes.
 */
export async function rememberedWhile<Value>(
  file: string,
  version: number,
  compute: () => Promise<{ value: Value; paths: readonly string[] }>,
): Promise<Value> {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept<Value>;
    if (kept.version === version && stampsHold(kept.stamps)) return kept.value;
  } catch {
    // None is kept yet, or a damaged one, which is as good as none.
  }
  const { value, paths } = await compute();
  const stamps = settledStamps(paths);
  if (stamps) {
    const kept: Kept<Value> = { version, stamps, value };
    // What cannot be kept is computed again; that is no reason to stop.
    await writeFileAtomic(file, JSON.stringify(kept)).catch(() => undefined);
  }
  return value;
}

interface Kept<Value> {
  version: number;
  stamps: Stamps;
  value: Value;
}
