import { buildTools, labTools } from '../host/tools.js';
import type { UnitGraph } from '../plan/graph.js';
import type { Project } from '../project.js';
import { loadRecipes } from '../recipe/load.js';
import { loadToolchains } from '../toolchain/load.js';

/** The compiler's own library for 32 bits is a package of its own on amd64. */
const toolsOfArchitecture = (bits: number) => (bits === 32 ? ['libgcc for 32 bits'] : []);

/** The tools of the build machine that the units of a graph use. */
export function toolsForGraph(graph: UnitGraph): string[] {
  const names = new Set(buildTools);
  for (const unit of graph.values()) {
    for (const tool of unit.buildSystem?.hostTools ?? []) names.add(tool);
    for (const tool of unit.recipe.hostTools) names.add(tool);
    if (unit.toolchain) {
      for (const tool of toolsOfArchitecture(unit.toolchain.architecture.bits)) names.add(tool);
    } else {
      names.add('gcc').add('libc6-dev');
    }
  }
  return [...names];
}

/** What all recipes together use, for building and for booting, on every architecture. */
export async function toolsForEverything(project: Project): Promise<string[]> {
  const names = new Set([...buildTools, ...labTools, 'gcc', 'libc6-dev']);
  for (const toolchain of await loadToolchains(project)) {
    if (toolchain.kind === 'adopted') continue;
    for (const each of toolchain.architectures) {
      for (const tool of toolsOfArchitecture(each.bits)) names.add(tool);
    }
  }
  const recipes = await loadRecipes(project);
  for (const system of recipes.buildSystems.systems.values()) {
    for (const tool of system.hostTools) names.add(tool);
  }
  for (const name of recipes.names) {
    for (const tool of recipes.hostTools(name)) names.add(tool);
  }
  return [...names];
}
