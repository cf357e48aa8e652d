/** One artifact as a piece of a shell script that makes it. */
import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseUnit, unitFileName } from '../../events/unit-id.js';
import type { ArtifactUnit } from '../../plan/unit.js';
import type { ImageRecipe } from '../../recipe/kinds/image-recipe.js';
import type { ArtifactKindName, ArtifactRecipe, ArtifactRecipes } from '../../recipe/recipe.js';
import { shellQuote } from '../../util/shell-text.js';
import { writeFileText, writeTree } from './embed.js';

/** How a script makes artifacts of one kind. */
interface ArtifactShell<Recipe> {
  /** Programs of `share/export/` that it runs, which the script brings along as `$work/<name>`. */
  helpers: readonly string[];
  /**
   * The commands between `begin` and `finish`. `outputOf` gives the folder of a recipe's output, as
   * shell text.
   */
  section(recipe: Recipe, outputOf: (recipe: string) => string): string;
  /** Commands that describe the artifact in the folder of the result, which is `$output`. */
  report(recipe: Recipe): string;
}

const shells: { readonly [Kind in ArtifactKindName]: ArtifactShell<ArtifactRecipes[Kind]> } = {
  image: {
    helpers: ['pack-image'],
    section: imageSection,
    report: ({ name }) => `sha256sum "$output"/boot/${shellQuote(`${name}.gz`)}\n`,
  },
};

const shellOf = ({ kind }: ArtifactRecipe): ArtifactShell<ArtifactRecipe> => shells[kind];

export const helpersOf = (recipe: ArtifactRecipe) => shellOf(recipe).helpers;

export const artifactReport = (recipe: ArtifactRecipe) => shellOf(recipe).report(recipe);

/** The commands between `begin` and `finish` for an artifact. */
export function artifactSection({ recipe, needs }: ArtifactUnit): string {
  const outputs = new Map(
    needs.map((need) => [parseUnit(need).recipe, `"$work"/out/${shellQuote(unitFileName(need))}`]),
  );
  return shellOf(recipe).section(recipe, (name) => outputs.get(name)!);
}

function imageSection(image: ImageRecipe, outputOf: (recipe: string) => string): string {
  const words: string[] = [];
  let local = '';
  for (const [index, file] of image.files.entries()) {
    const from = resolve(dirname(image.file), file.from);
    // What the recipe brings itself is written beside the image first.
    const path = file.recipe
      ? `${outputOf(file.recipe)}/${shellQuote(file.from)}`
      : `"$root"/files/${index}`;
    if (!file.recipe) {
      const isFolder = statSync(from).isDirectory();
      local += isFolder ? `mkdir -p ${path}\n${writeTree(from, path)}` : writeFileText(from, path);
    }
    words.push(
      `--file ${path} ${shellQuote(file.to)} ${file.mode === undefined ? '-' : file.mode.toString(8)}`,
    );
  }
  for (const word of [basename(image.program.file), ...image.arguments]) {
    words.push(`--argument ${shellQuote(word)}`);
  }
  const program = `${outputOf(image.program.recipe)}/${shellQuote(image.program.file)}`;
  return `${local}image ${[shellQuote(image.name), program, ...words].join(' \\\n  ')}\n`;
}
