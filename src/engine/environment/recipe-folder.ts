import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuiltUnit } from '../../plan/unit.js';
import { namesInWord } from '../../recipe/placeholders.js';

/**
 * The recipe's own folder, which has its name, where its build may read it: something has to ask
 * for `recipe-dir`, and the folder has to be there. All in it counts for the unit's key.
 */
export function recipeFolder({ recipe, buildSystem }: BuiltUnit): string | undefined {
  const texts = [
    ...buildSystem.phases.map((phase) => phase.run),
    ...Object.values(recipe.inputs).flat(),
  ];
  if (!texts.some((text) => namesInWord(text).includes('recipe-dir'))) return undefined;
  const folder = join(dirname(recipe.file), recipe.name);
  return existsSync(folder) ? folder : undefined;
}
