import type { UnitName } from '../../events/event.js';
import { dependencies, type Unit, visibleUnits } from '../../plan/unit.js';
import type { Engine } from '../engine.js';

/**
 * Makes sure that all outputs which a unit takes in are as they were built, before it relies on
 * them. One that is damaged beyond repair is built again by `rebuild`, which puts the new output
 * into `outputs`. Gives the unit that could not be rebuilt, if there is one.
 */
export async function repairInputs(
  engine: Engine,
  unit: Unit,
  outputs: ReadonlyMap<UnitName, string>,
  rebuild: (unit: UnitName) => Promise<void>,
): Promise<UnitName | undefined> {
  for (const name of new Set([...dependencies(unit), ...visibleUnits(unit)])) {
    const output = outputs.get(name);
    if (output && (await engine.cache.fetch(output, engine))) continue;
    await rebuild(name);
    if (!outputs.has(name)) return name;
  }
  return undefined;
}
