import type { Unit } from '../../plan/unit.js';
import { isBuilt } from '../../recipe/recipe.js';
import { type Lock, requireLocked } from '../../source/lock-file.js';
import type { SourceSpec } from '../../source/source-spec.js';
import type { UnitRecord } from '../../store/store.js';
import type { Engine } from '../engine.js';
import { artifactSeconds, guessSeconds, type UnitSeconds } from './priorities.js';

/** The phases that need no dependency of the unit. */
export const preparePhases: readonly string[] = ['unpack', 'patch', 'config.sub'];

/** What a unit will take: as long as the last time, or a guess when there was none. */
export async function estimateSeconds(engine: Engine, unit: Unit): Promise<UnitSeconds> {
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

/** The times of an earlier build. Records of older versions know the sum only. */
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
  // A folder of the recipe's own is small; what a URL or a repository holds is not known.
  return source.type === 'local' ? 0 : undefined;
}
