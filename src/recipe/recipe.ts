/**
 * Recipes as the rest of stubforge sees them: evaluated for one architecture, complete, immutable.
 * Nothing past this folder looks at YAML.
 */

import type { Limits } from '../sandbox/limits.js';
import type { SourceSpec } from '../source/source-spec.js';
import type { ImageRecipe } from './kinds/image-recipe.js';

/** The kinds of recipes that a build system builds from a source. */
export const builtKinds = ['library', 'program', 'tool'] as const;
export type BuiltKind = (typeof builtKinds)[number];

/** A patch of ours to a foreign source: the file, absolute, and what breaks without it. */
export interface Patch {
  file: string;
  reason: string;
}

/** A build system's inputs: each is a list of words, e.g. `configure: ['--disable-shared']`. */
export type BuildInputs = Readonly<Record<string, readonly string[]>>;

export interface BuiltRecipe {
  name: string;
  kind: BuiltKind;
  summary: string;
  /** The YAML file, absolute; patches and local files are relative to its folder. */
  file: string;
  source: SourceSpec;
  /** A folder, absolute, whose files are copied over the unpacked source. */
  overlay?: string;
  /** A file name in `recipes/build-systems/`, without `.yaml`. */
  build: string;
  inputs: BuildInputs;
  /** Names of the recipes whose outputs it sees in its sysroot. */
  needs: readonly string[];
  /** Names of commands of the build machine beyond the build system's own, e.g. `bison`. */
  buildTools: readonly string[];
  patches: readonly Patch[];
  /** Extra environment for all phases. */
  environment: Readonly<Record<string, string>>;
  /** Checked after the build; a missing one fails it. */
  provides: {
    pkgconfig: readonly string[];
    libraries: readonly string[];
    headers: readonly string[];
    files: readonly string[];
  };
  /** What its build may use of the machine. They end a build and never change its output. */
  limits: Limits;
  /** Bytes of memory that its build needs at its peak; 0 where that does not matter. */
  buildMemory: number;
  /** Part of a toolchain: built with the bare compiler, before the toolchain is complete. */
  bootstrap: boolean;
}

/** The kinds of recipes that build nothing, but assemble what others have built. */
export interface ArtifactRecipes {
  image: ImageRecipe;
}

export type ArtifactKindName = keyof ArtifactRecipes;
export type ArtifactRecipe = ArtifactRecipes[ArtifactKindName];

export type Recipe = BuiltRecipe | ArtifactRecipe;
export type RecipeKind = Recipe['kind'];

export function isBuilt(recipe: Recipe): recipe is BuiltRecipe {
  return builtKinds.some((kind) => kind === recipe.kind);
}

export function isArtifact(recipe: Recipe): recipe is ArtifactRecipe {
  return !isBuilt(recipe);
}

/** The sources that a recipe is built from: one, or none for artifacts. */
export function recipeSources(recipe: Recipe): readonly SourceSpec[] {
  return isBuilt(recipe) ? [recipe.source] : [];
}
