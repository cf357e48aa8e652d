/** All forms of recipes: those that are built, and one for each kind of artifact. */
import { z } from 'zod';
import type { ArtifactKindName, ArtifactRecipes } from '../recipe.js';
import { builtForm } from './built-recipe.js';
import { imageForm } from './image-recipe.js';
import { type FormReader, headSchemas, type Vocabulary } from './written-recipe.js';

/** How recipes of one kind of artifact are read. */
export interface ArtifactForm<Recipe> {
  /** Whether a file without a kind can only be of this one. */
  isMeant(file: Readonly<Record<string, unknown>>): boolean;
  /** Its fixed fields. */
  readonly fields: readonly string[];
  schema(vocabulary: Vocabulary): z.ZodType;
  reader(vocabulary: Vocabulary): Pick<FormReader<unknown, Recipe>, 'read' | 'revive'>;
}

/** A kind that is missing here is a type error. */
export const artifactForms: {
  readonly [Kind in ArtifactKindName]: ArtifactForm<ArtifactRecipes[Kind]>;
} = {
  image: imageForm,
};

export const artifactKindNames = Object.keys(artifactForms) as ArtifactKindName[];

/** Any recipe: what `stubforge schema` prints. */
export function recipeSchema(vocabulary: Vocabulary): z.ZodType {
  return z.union([
    ...Object.values(artifactForms).map((form) => form.schema(vocabulary)),
    ...[...vocabulary.systems.keys()].map((system) => builtForm.schema(vocabulary, system)),
  ]);
}

/** The fixed fields of all recipes; nothing else can have their names. */
export const reservedFields: readonly string[] = [
  ...new Set([
    ...Object.keys(headSchemas),
    ...builtForm.fields,
    ...Object.values(artifactForms).flatMap((form) => form.fields),
  ]),
];
