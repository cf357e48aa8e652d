import { existsSync } from 'node:fs';
import type { FindHypervisor } from '../lab/hypervisor.js';
import { unitName } from '../plan/unit.js';
import { loadRecipes } from '../recipe/load.js';
import type { ImageContent } from '../recipe/recipe.js';
import { UserError } from '../util/problem.js';
import type { Context } from './context.js';
import { defaultArchitecture, imageFiles, newestOutput, toolOutput } from './engine.js';

/** An image that the user named: by file, or by recipe when it was built before. */
export interface NamedImage {
  file: string;
  /** What the recipe says, where the image was named by it. */
  content?: ImageContent;
}

/**
 * A file by that name wins; otherwise an image recipe's newest build for the architecture. Throws
 * UserError when it is neither.
 */
export async function resolveImage(
  context: Context,
  text: string,
  architecture: string = defaultArchitecture,
): Promise<NamedImage> {
  if (existsSync(text) || text.includes('/') || text.includes('.')) return { file: text };
  const recipes = await loadRecipes(context.project);
  if (!recipes.has(text)) return { file: text };
  const recipe = recipes.evaluate(text, architecture);
  const newest = await newestOutput(context, unitName(text, architecture));
  const files = newest && imageFiles(newest.store, newest.output, text);
  if (recipe.kind !== 'image' || !files) {
    throw new UserError({
      message:
        recipe.kind === 'image'
          ? `the image ${text} was not built for ${architecture}`
          : `${text} is a ${recipe.kind}, and only images boot`,
      remedy: `stubforge build ${text} --arch ${architecture}`,
    });
  }
  return { file: files.gz, content: recipe.image };
}

/** The recipe of the hypervisor that runs guests of this width in the lab. */
export function hypervisorRecipe(bits: number): string {
  return bits === 32 ? 'xen-hypervisor-pv32' : 'xen-hypervisor';
}

/** Looks for hypervisors in the store: those that the lab's tool recipes built. */
export function hypervisorFinder(context: Context): FindHypervisor {
  return async (bits) => {
    const recipe = hypervisorRecipe(bits);
    return toolOutput(context, recipe, `usr/lib/xen/boot/${bits === 32 ? 'xen-pv32' : 'xen'}.gz`);
  };
}
