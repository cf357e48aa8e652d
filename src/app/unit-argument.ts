import { formatUnit, NATIVE, readUnit, type UnitId } from '../events/unit-id.js';
import { UserError } from '../util/diagnostic.js';

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

/** What to plan for a unit: tools are planned for whatever architecture is asked for. */
export function architectureOption({ architecture }: UnitId): string | undefined {
  return architecture === NATIVE ? undefined : architecture;
}
