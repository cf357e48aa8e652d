import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import type { Toolchain } from './toolchain.js';
import type { ArchitectureName } from './toolchain-description.js';

/**
 * The toolchain of an architecture: the named one, or else one that has the architecture, preferably
 * one that can build. Throws UserError with a suggestion when there is none.
 */
export function findToolchain(
  toolchains: readonly Toolchain[],
  architecture: ArchitectureName,
  name?: string,
): Toolchain {
  const candidates = name === undefined ? toolchains : [toolchainNamed(toolchains, name)];
  const found = candidates.filter(({ description }) =>
    description.architectures.some((other) => other.name === architecture),
  );
  const best = found.find((each) => each.buildable.length > 0) ?? found[0];
  if (best) return best;
  const names = candidates.flatMap(({ description }) =>
    description.architectures.map((each) => each.name),
  );
  throw new UserError(
    {
      id: 'toolchain.unknown-architecture',
      message:
        name === undefined
          ? `no toolchain has the architecture '${architecture}'`
          : `the toolchain ${name} does not have the architecture '${architecture}'`,
      help: suggestion(architecture, names, 'architectures'),
    },
    2,
  );
}

/** Throws UserError with a suggestion for an unknown name. */
export function toolchainNamed(toolchains: readonly Toolchain[], name: string): Toolchain {
  const found = toolchains.find((each) => each.description.name === name);
  if (found) return found;
  const names = toolchains.map((each) => each.description.name);
  throw new UserError(
    {
      id: 'toolchain.unknown-name',
      message: `there is no toolchain '${name}'`,
      help: suggestion(name, names, 'toolchains'),
    },
    2,
  );
}

/** The names of all architectures for which recipes can be built. */
export function buildableArchitectures(toolchains: readonly Toolchain[]): ArchitectureName[] {
  return toolchains.flatMap((toolchain) => toolchain.buildable.map((each) => each.name));
}
