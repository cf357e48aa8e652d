import type { UnitName } from '../events.js';
import type { BuildSystem } from '../recipe/build-system.js';
import type { Recipe } from '../recipe/recipe.js';
import type { BuiltToolchain, ToolchainArchitecture } from '../toolchain/toolchain.js';
import { UserError } from '../util/problem.js';
import { NATIVE, type Unit, unitName } from './unit.js';

/** What the planner is handed; it reads nothing itself. */
export interface Catalogue {
  recipe(name: string, architecture: string): Recipe;
  buildSystem(name: string, recipe: Recipe): BuildSystem;
  toolchain(architecture: string): {
    description: BuiltToolchain;
    architecture: ToolchainArchitecture;
  };
}

/** Units in dependency order: each stands behind all that it depends on. */
export type UnitGraph = ReadonlyMap<UnitName, Unit>;

/**
 * The units of the wanted recipes and of all that they need. Throws UserError for an unknown
 * recipe or architecture, for a cycle, and for a need that makes no sense (a library that needs an
 * image).
 */
export function unitGraph(
  catalogue: Catalogue,
  wanted: readonly { recipe: string; architecture: string }[],
): UnitGraph {
  const units = new Map<UnitName, Unit>();
  const path: UnitName[] = [];

  const visit = (recipeName: string, requestedArchitecture: string): Unit => {
    const probe = catalogue.recipe(recipeName, requestedArchitecture);
    const architecture = probe.kind === 'tool' ? NATIVE : requestedArchitecture;
    const recipe = probe.kind === 'tool' ? catalogue.recipe(recipeName, NATIVE) : probe;
    const name = unitName(recipeName, architecture);
    const known = units.get(name);
    if (known) return known;
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name];
      throw new UserError({
        message: `these recipes need each other: ${cycle.join(' → ')}`,
        place: { file: recipe.file, field: 'needs' },
        remedy: 'take one of these needs away',
      });
    }
    path.push(name);
    const toolchain = architecture === NATIVE ? undefined : catalogue.toolchain(architecture);
    const compiled = toolchain && !recipe.bootstrap && recipe.kind !== 'image';
    const parts = (names: readonly string[]) => names.map((each) => visit(each, architecture).name);
    const prefixUnits = compiled ? parts(toolchain.description.librarySysroot) : [];
    const toolchainUnits =
      compiled && recipe.kind === 'program' ? parts(toolchain.description.sysroot) : prefixUnits;
    const needs = neededRecipes(recipe).map((each) => visit(each, architecture));
    const sees = new Set<UnitName>();
    for (const need of needs) {
      for (const each of need.sees) sees.add(each);
      sees.add(need.name);
    }
    path.pop();
    const unit: Unit = {
      name,
      recipe,
      architecture,
      toolchain,
      buildSystem: recipe.build ? catalogue.buildSystem(recipe.build, recipe) : undefined,
      needs: needs.map((need) => need.name),
      toolchainUnits,
      prefixUnits,
      sees: [...sees],
    };
    units.set(name, unit);
    return unit;
  };

  for (const { recipe, architecture } of wanted) visit(recipe, architecture);
  return units;
}

/** The names of all recipes whose outputs a recipe takes in. */
export function neededRecipes(recipe: Recipe): string[] {
  const names = new Set(recipe.needs);
  if (recipe.image) {
    names.add(recipe.image.program.recipe);
    for (const file of recipe.image.files) if (file.recipe) names.add(file.recipe);
  }
  return [...names];
}

/** The part of a graph that holds just the named units. */
export function subgraph(graph: UnitGraph, names: readonly UnitName[]): UnitGraph {
  return new Map(names.map((name) => [name, graph.get(name)!]));
}
