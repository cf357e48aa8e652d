import { formatUnit, NATIVE, readUnit, type UnitId } from '../events/unit-id.js';
import type { Unit } from '../plan/unit.js';
import type { UnitGraph } from '../plan/unit-graph.js';
import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';

/** The architecture of a command that names none. */
export const defaultArchitecture = 'stubdom-amd64';

/**
 * The unit that a user names: `<recipe>:<architecture>`, or a recipe alone for the default architecture.
 * Throws UserError.
 */
export function unitArgument(text: string): UnitId {
  const name = text.includes(':')
    ? text
    : formatUnit({ recipe: text, architecture: defaultArchitecture });
  const id = readUnit(name);
  if (id) return id;
  throw new UserError(
    {
      id: 'cli.invalid-unit',
      message: `'${text}' is not the name of a unit`,
      help: `write RECIPE or RECIPE:ARCHITECTURE, e.g. zlib:${defaultArchitecture}`,
    },
    2,
  );
}

/**
 * The unit of a graph that was made for it; a tool's only unit goes by every architecture. Throws UserError
 * when the recipe gives no such unit.
 */
export function findUnit(graph: UnitGraph, id: UnitId): Unit {
  const name = formatUnit(id);
  const tool = formatUnit({ ...id, architecture: NATIVE });
  const unit = graph.get(name) ?? graph.get(tool);
  if (unit) return unit;
  const others = [...graph.values()].filter((each) => each.recipe.name === id.recipe);
  throw new UserError(
    {
      id: 'cli.no-such-unit',
      message: `there is no unit '${name}'`,
      help: suggestion(
        name,
        others.map((each) => each.name),
        'units of this recipe',
      ),
    },
    2,
  );
}

/** What to plan for a unit: tools are planned for whatever architecture is asked for. */
export function architectureOption({ architecture }: UnitId): string | undefined {
  return architecture === NATIVE ? undefined : architecture;
}
