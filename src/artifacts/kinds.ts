import {
  type ArtifactKindName,
  type ArtifactRecipe,
  type ArtifactRecipes,
  isBuilt,
  type Recipe,
} from '../recipe/recipe.js';
import { UserError } from '../util/diagnostic.js';
import type { ArtifactContext, ArtifactFiles, ArtifactJob, ArtifactKind } from './artifact-kind.js';
import { imageKind } from './image/image-kind.js';

/** All kinds of artifacts; one that is missing here does not compile. */
const kinds: { readonly [Kind in ArtifactKindName]: ArtifactKind<ArtifactRecipes[Kind]> } = {
  image: imageKind,
};

/** The kind of a recipe, for that recipe. */
export function artifactKind({ kind }: ArtifactRecipe): ArtifactKind {
  return kinds[kind];
}

/** The names of the recipes whose outputs a recipe takes in. */
export function neededRecipes(recipe: Recipe): readonly string[] {
  return isBuilt(recipe) ? recipe.needs : artifactKind(recipe).needs(recipe);
}

/** The files of an artifact in an output; undefined where it is none, or where they are not there. */
export function artifactFiles(recipe: Recipe, output: string): ArtifactFiles | undefined {
  return isBuilt(recipe) ? undefined : artifactKind(recipe).files(output, recipe.name);
}

/** Makes an artifact and checks it against its contract: one that breaks a rule is not kept. */
export async function makeArtifact(job: ArtifactJob, context: ArtifactContext): Promise<void> {
  const { recipe, dest } = job;
  const kind = artifactKind(recipe);
  await kind.produce(job, context);
  const { broken, remarks } = await kind.verify(dest, recipe.name);
  for (const line of [...broken, ...remarks]) context.log(`verify: ${line}`);
  if (broken.length > 0) {
    throw new UserError({
      id: `${recipe.kind}.broken-contract`,
      message: `the ${recipe.kind} ${recipe.name} breaks the ${recipe.kind} contract`,
      details: [...broken],
    });
  }
}
