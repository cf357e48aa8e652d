import { loadCatalogue } from '../engine/catalogue.js';
import { unitGraph } from '../plan/unit-graph.js';
import { recipeSources } from '../recipe/recipe.js';
import { fetchSources } from '../source/fetch-sources.js';
import { readLock } from '../source/lock-file.js';
import { lockSources } from '../source/lock-sources.js';
import { type SourceSpec, sourceId } from '../source/source-spec.js';
import { buildableArchitectures } from '../toolchain/find-toolchain.js';
import { canonicalJson } from '../util/hash.js';
import type { Session } from './session.js';

/** Locks what is not locked yet and fetches everything that the recipes need. */
export async function fetchNeeded(session: Session, names: readonly string[]) {
  const specs = await sourcesOf(session, names, 'with-needs');
  const { project, offline } = session;
  const lock = offline ? await readLock(project) : await lockSources(project, specs, session);
  await fetchSources(project, specs, lock, session);
  return { specs, lock };
}

/** The sources of recipes on all architectures that they are for, each once and in order of its id. */
export async function sourcesOf(
  session: Session,
  names: readonly string[],
  extent: 'named' | 'with-needs',
): Promise<SourceSpec[]> {
  session.requireState();
  const catalogue = await loadCatalogue(session.project, session.memo);
  const { recipes, toolchains } = catalogue;
  recipes.requireNames(names);
  const requested = buildableArchitectures(toolchains).flatMap((architecture) =>
    (names.length > 0 ? names : recipes.names)
      .filter((recipe) => recipes.supports(recipe, architecture))
      .map((recipe) => ({ recipe, architecture })),
  );
  const evaluated =
    extent === 'named'
      ? requested.map(({ recipe, architecture }) => recipes.evaluate(recipe, architecture))
      : [...unitGraph(catalogue, requested).values()].map((unit) => unit.recipe);
  const specs = evaluated.flatMap(recipeSources);
  // The id is not enough: two commits of a repository have the same one.
  const distinct = new Map(specs.map((spec) => [`${sourceId(spec)} ${canonicalJson(spec)}`, spec]));
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, spec]) => spec);
}
