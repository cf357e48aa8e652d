/**
 * Stamps show whether a file has changed without reading it, as make and git do: by device,
 * inode, size and the times of its last change. Unlike the modification time, the change time cannot
 * be set back.
 */
import { statSync } from 'node:fs';

/** The stamp of what a path leads to; empty when there is nothing. */
export function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.dev}.${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}` : '';
}

/** Paths with their stamps. */
export type Stamps = Readonly<Record<string, string>>;

/** File systems count time in steps of some milliseconds; two changes in one step look like one. */
const stepMilliseconds = 50;

/**
 * Stamps of all paths, or undefined when one may have changed since `time` (milliseconds since 1970).
 * With the time before they were read, the stamps are those of what was read.
 */
export function stampsSince(paths: Iterable<string>, time: number): Stamps | undefined {
  const youngest = BigInt(Math.floor(time) - stepMilliseconds) * 1_000_000n;
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
