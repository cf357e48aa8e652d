import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatUnit, NATIVE, type UnitId, type UnitName } from '../events/unit-id.js';
import { UserError } from '../util/diagnostic.js';
import type { Session } from './session.js';

/** The newest output of a unit, after a check of its contents; `lost` where it was built, but is gone. */
async function newestOutput(
  { store, cache, signal }: Session,
  unit: UnitName,
): Promise<{ output: string } | 'never-built' | 'lost'> {
  const record = await cache.latest(unit);
  if (!record) return 'never-built';
  const { output } = record;
  if (!store.has(output)) return 'lost';
  return (await cache.fetch(output, { signal })) ? { output } : 'lost';
}

/** The same for a unit that the user named. Throws UserError where there is no output, and says why. */
export async function requireNewestOutput(session: Session, unit: UnitId): Promise<string> {
  const { recipe, architecture } = unit;
  const found = await newestOutput(session, formatUnit(unit));
  if (typeof found === 'object') return found.output;
  const lost = found === 'lost';
  throw new UserError({
    id: lost ? 'unit.lost-output' : 'unit.not-built',
    message: lost
      ? `the output of ${recipe} for ${architecture} was damaged or removed: it is not in the store any more`
      : `${recipe} was not built for ${architecture}`,
    help: `build it${lost ? ' again' : ''}: stubforge build ${recipe} --arch ${architecture}`,
  });
}

/** A file of a tool's newest build; undefined when it was not built. */
export async function toolOutput(
  session: Session,
  recipe: string,
  file: string,
): Promise<string | undefined> {
  const found = await newestOutput(session, formatUnit({ recipe, architecture: NATIVE }));
  if (typeof found === 'string') return undefined;
  const path = join(session.store.outputDirectory(found.output), file);
  return existsSync(path) ? path : undefined;
}
