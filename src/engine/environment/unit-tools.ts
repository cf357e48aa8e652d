import { artifactKind } from '../../artifacts/kinds.js';
import { buildTools, labTools, sandboxTools } from '../../machine/build-tools.js';
import { type BuiltUnit, isBuiltUnit, type Unit } from '../../plan/unit.js';
import type { UnitGraph } from '../../plan/unit-graph.js';
import type { Project } from '../../project/project.js';
import { loadRecipes } from '../../recipe/recipe-set.js';
import { loadToolchains } from '../../toolchain/load-toolchains.js';

/** The build machine's compiler, and the headers and start files that it cannot work without. */
const nativeTools = ['gcc', 'libc6-dev'];

/** The tools of the build machine that the units of a graph use. */
export function toolsForGraph(graph: UnitGraph): string[] {
  const names = new Set(buildTools);
  for (const unit of graph.values()) {
    const own = isBuiltUnit(unit) ? toolsOfUnit(unit) : artifactKind(unit.recipe).buildTools;
    for (const tool of own) names.add(tool);
    for (const tool of toolchainTools(unit)) names.add(tool);
  }
  return [...names];
}

/** The tools that the compiler of a unit stands on. */
export function toolchainTools(unit: Unit): readonly string[] {
  return (isBuiltUnit(unit) && unit.toolchain?.buildTools) || [];
}

/** The tools that a unit declares, by itself and through its build system. */
export function toolsOfUnit(unit: BuiltUnit): string[] {
  return [
    ...unit.buildSystem.buildTools,
    ...unit.recipe.buildTools,
    // What is built for the build machine has its compiler without declaring it.
    ...(unit.toolchain ? [] : nativeTools),
  ];
}

/** What all recipes together use, for building and for booting, on every architecture. */
export async function toolsForEverything(project: Project): Promise<string[]> {
  const names = new Set([...buildTools, ...sandboxTools, ...labTools, ...nativeTools]);
  for (const toolchain of loadToolchains(project)) {
    for (const { name } of toolchain.buildable) {
      for (const tool of toolchain.target(name).buildTools) names.add(tool);
    }
  }
  const recipes = await loadRecipes(project);
  for (const system of recipes.buildSystems.systems.values()) {
    for (const tool of system.buildTools) names.add(tool);
  }
  for (const name of recipes.names) {
    for (const tool of recipes.buildTools(name)) names.add(tool);
  }
  return [...names];
}
