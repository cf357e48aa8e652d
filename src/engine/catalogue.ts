import type { Catalogue } from '../plan/unit-graph.js';
import type { Project } from '../project/project.js';
import { loadRecipes, type RecipeSet } from '../recipe/recipe-set.js';
import { findToolchain } from '../toolchain/find-toolchain.js';
import { loadToolchains } from '../toolchain/load-toolchains.js';
import { keptToolchains } from '../toolchain/read-description.js';
import type { TargetToolchain, Toolchain } from '../toolchain/toolchain.js';
import { UserError } from '../util/diagnostic.js';
import type { Memo } from '../util/memo.js';
import { suggestion } from '../util/suggest.js';

export interface LoadedCatalogue extends Catalogue {
  recipes: RecipeSet;
  toolchains: readonly Toolchain[];
}

/** Recipes, build systems and toolchains of a project, for the planner. */
export async function loadCatalogue(project: Project, memo: Memo): Promise<LoadedCatalogue> {
  const kept = keptToolchains(memo);
  const toolchains = loadToolchains(project, kept);
  await kept.save();
  const recipes = await loadRecipes(project, { memo, toolchains: kept });
  const { systems } = recipes.buildSystems;
  const targets = new Map<string, TargetToolchain>();
  return {
    recipes,
    toolchains,
    recipe: (name, architecture) => recipes.evaluate(name, architecture),
    buildSystem: (name, recipe) => {
      const system = systems.get(name);
      if (system) return system;
      throw new UserError({
        id: 'recipe.unknown-build-system',
        message: `there is no build system '${name}'`,
        span: { file: recipe.file, field: 'build' },
        help: suggestion(name, [...systems.keys()], 'build systems'),
      });
    },
    toolchain: (architecture) => {
      let target = targets.get(architecture);
      if (!target) {
        target = findToolchain(toolchains, architecture).target(architecture);
        targets.set(architecture, target);
      }
      return target;
    },
  };
}
