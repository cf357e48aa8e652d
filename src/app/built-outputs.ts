import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatUnit, NATIVE, type UnitName } from '../events/unit-id.js';
import type { Session } from './session.js';

/** The newest output of a unit, after a check of its contents; undefined when there is none. */
export async function newestOutput(
  { store, cache, signal }: Session,
  unit: UnitName,
): Promise<string | undefined> {
  const record = await cache.latest(unit);
  if (!record || !store.has(record.output)) return undefined;
  return (await cache.fetch(record.output, { signal })) ? record.output : undefined;
}

/** A file of a tool's newest build; undefined when it was not built. */
export async function toolOutput(
  session: Session,
  recipe: string,
  file: string,
): Promise<string | undefined> {
  const output = await newestOutput(session, formatUnit({ recipe, architecture: NATIVE }));
  const path = output && join(session.store.outputDirectory(output), file);
  return path && existsSync(path) ? path : undefined;
}
