/** Which unit comes first: the one behind which the longest path of other units waits. */
import type { UnitName } from '../../events/event.js';
import type { Plan } from '../../plan/make-plan.js';
import { dependencies, type Unit } from '../../plan/unit.js';
import { isBuilt } from '../../recipe/recipe.js';
import { type Lock, requireLocked } from '../../source/lock-file.js';
import type { SourceSpec } from '../../source/source-spec.js';
import type { UnitRecord } from '../../store/store.js';
import type { Engine } from '../engine.js';

/**
 * How long a unit takes, in seconds: preparing its source, and what has to wait for its dependencies.
 */
export interface UnitSeconds {
  prepare: number;
  build: number;
}

/** What the priority of a unit depends on. */
export interface PathUnit {
  name: UnitName;
  /** Names of others in the same list, all before it. */
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

/** The remaining paths of all units that a plan builds. */
export async function pathsOfPlan(engine: Engine, plan: Plan): Promise<Map<UnitName, UnitSeconds>> {
  const estimates = new Map<UnitName, UnitSeconds>();
  for (const name of plan.build) {
    estimates.set(name, await estimateSeconds(engine, plan.graph.get(name)!));
  }
  const units = plan.build.map((name) => ({
    name,
    dependencies: dependencies(plan.graph.get(name)!).filter((each) => estimates.has(each)),
  }));
  return remainingPaths(units, (name) => estimates.get(name)!);
}

/** The phases that need no dependency of the unit. */
const preparePhases: readonly string[] = ['unpack', 'patch', 'config.sub'];

/** How long a unit will take: as long as the last time, or a guess if it was never built. */
async function estimateSeconds(engine: Engine, unit: Unit): Promise<UnitSeconds> {
  const last = await engine.cache.latest(unit.name);
  if (last) return recordedSeconds(last);
  const { recipe } = unit;
  if (!isBuilt(recipe)) return artifactSeconds;
  return guessSeconds({
    sourceBytes: packedBytes(recipe.source, engine.lock),
    data: recipe.source.type === 'debian-binary',
    partial: recipe.build === 'script',
  });
}

/** The times of an earlier build. Older records have only the sum. */
export function recordedSeconds({ seconds, phases }: Pick<UnitRecord, 'seconds' | 'phases'>) {
  const prepare = (phases ?? [])
    .filter(({ phase }) => preparePhases.includes(phase))
    .reduce((sum, phase) => sum + phase.seconds, 0);
  return { prepare, build: Math.max(0, seconds - prepare) };
}

function packedBytes(source: SourceSpec, lock: Lock): number | undefined {
  if (source.type === 'debian' || source.type === 'debian-binary') {
    return requireLocked(source, lock).files.reduce((sum, file) => sum + file.size, 0);
  }
  // A local folder is small; the size of what a URL or a repository gives is not known.
  return source.type === 'local' ? 0 : undefined;
}

/** What the guess for a unit that was never built is based on. */
interface UnbuiltUnit {
  /** Packed size of its source in bytes; absent where it is not known before it is fetched. */
  sourceBytes?: number;
  /** The source is data only, and nothing is compiled. */
  data: boolean;
  /** The recipe has its own script, as recipes do that build only a part of their source. */
  partial: boolean;
}

const mebibyte = 2 ** 20;

/** Artifacts are assembled from what is there already. */
const artifactSeconds: UnitSeconds = { prepare: 0, build: 3 };

/**
 * A guess that only has to tell small from large. In the distro's sources a packed MiB takes about
 * five seconds to compile, and a third of one to unpack.
 */
export function guessSeconds({ sourceBytes, data, partial }: UnbuiltUnit): UnitSeconds {
  const packed = (sourceBytes ?? 4 * mebibyte) / mebibyte;
  const compiled = partial ? Math.min(packed, 0.5) : packed;
  return { prepare: 0.2 + packed / 3, build: data ? 0.5 : 2 + compiled * 5 };
}
