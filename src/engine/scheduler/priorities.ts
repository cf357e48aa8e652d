/** Which unit comes first: the one behind which the longest path of other units waits. Pure. */
import type { UnitName } from '../../events/event.js';

/** How long a unit takes, in seconds: making its source ready, and all that its dependencies hold up. */
export interface UnitSeconds {
  prepare: number;
  build: number;
}

/** A unit as far as its priority goes. */
export interface PathUnit {
  name: UnitName;
  /** Names of others in the same list, which all stand before it. */
  dependencies: readonly UnitName[];
}

/**
 * The seconds from the start of each stage of each unit to the end of the run, along the longest path
 * of units that wait for it. Preparing a source waits for nothing, so that the longest path of all
 * may begin at any unit.
 */
export function remainingPaths(
  units: readonly PathUnit[],
  secondsOf: (name: UnitName) => UnitSeconds,
): Map<UnitName, UnitSeconds> {
  const after = new Map<UnitName, number>();
  const paths = new Map<UnitName, UnitSeconds>();
  for (const { name, dependencies } of units.toReversed()) {
    const { prepare, build } = secondsOf(name);
    const rest = build + (after.get(name) ?? 0);
    paths.set(name, { prepare: prepare + rest, build: rest });
    for (const each of dependencies) after.set(each, Math.max(after.get(each) ?? 0, rest));
  }
  return paths;
}

/** What there is to guess from for a unit that was never built. */
export interface UnbuiltUnit {
  /** Packed bytes of its source; absent where nobody knows them before it is fetched. */
  sourceBytes?: number;
  /** The source is data only, and nothing is compiled. */
  data: boolean;
  /** The recipe has phases of its own, as it needs where it takes just a part of its source. */
  partial: boolean;
}

const mebibyte = 2 ** 20;

/** Artifacts are assembled from what lies there already. */
export const artifactSeconds: UnitSeconds = { prepare: 0, build: 3 };

/**
 * A guess that only has to put small before large. In the distro's sources a packed MiB takes about
 * five seconds to compile, and a third of one to unpack.
 */
export function guessSeconds({ sourceBytes, data, partial }: UnbuiltUnit): UnitSeconds {
  const packed = (sourceBytes ?? 4 * mebibyte) / mebibyte;
  const compiled = partial ? Math.min(packed, 0.5) : packed;
  return { prepare: 0.2 + packed / 3, build: data ? 0.5 : 2 + compiled * 5 };
}
