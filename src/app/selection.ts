import { type LoadedCatalogue, loadCatalogue } from '../engine/catalogue.js';
import { type UnitGraph, unitGraph } from '../plan/unit-graph.js';
import { buildableArchitectures } from '../toolchain/find-toolchain.js';
import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import type { Session } from './session.js';
import { defaultArchitecture } from './unit-argument.js';

/** `stubdom-amd64`, `stubdom-amd64,stubdom-i386` or `all`. */
export function architectures(catalogue: LoadedCatalogue, option: string | undefined): string[] {
  const known = buildableArchitectures(catalogue.toolchains);
  if (option === 'all') return known;
  const names = (option ?? defaultArchitecture).split(',');
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  throw new UserError(
    unknown.map((name) => ({
      id: 'toolchain.unknown-architecture',
      message: `there is no architecture '${name}'`,
      help: suggestion(name, [...known, 'all'], 'architectures'),
    })),
    2,
  );
}

export interface Selection {
  catalogue: LoadedCatalogue;
  graph: UnitGraph;
  requested: readonly { recipe: string; architecture: string }[];
}

/** The units of the named recipes (all of the project when none is named) and all they need. */
export async function selectUnits(
  session: Session,
  names: readonly string[],
  arch: string | undefined,
): Promise<Selection> {
  session.requireState();
  const catalogue = await loadCatalogue(session.project, session.memo);
  const recipes = names.length > 0 ? names : catalogue.recipes.names;
  catalogue.recipes.require(names);
  // The planner would find a cycle too, but could not show where it is written.
  const cycles = catalogue.recipes.cycles(recipes);
  if (cycles.length > 0) throw new UserError(cycles);
  const requested = architectures(catalogue, arch).flatMap((architecture) =>
    recipes
      .filter((recipe) => names.length > 0 || catalogue.recipes.supports(recipe, architecture))
      .map((recipe) => ({ recipe, architecture })),
  );
  const graph = unitGraph(catalogue, requested);
  await catalogue.recipes.save();
  return { catalogue, graph, requested };
}
