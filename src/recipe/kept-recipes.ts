/** Recipes and build systems that earlier runs have read, so that nothing is parsed twice. */
import { fileURLToPath } from 'node:url';
import { canonicalJson, sha256 } from '../util/hash.js';
import type { Memo, MemoTable } from '../util/memo.js';
import { stampOf } from '../util/stamps.js';
import type { BuildSystem } from './build-system.js';
import type { WrittenRecipe, WrittenValue } from './kinds/written-recipe.js';
import type { RecipeReader } from './read-recipe.js';
import type { Recipe } from './recipe.js';

/** A table of values that depend on a file, this program, and `on`. */
function tableFor<Value>(memo: Memo, what: string, on: unknown): MemoTable<Value> {
  // This file changes with the compiled schemas beside it.
  const name = sha256(canonicalJson({ program: stampOf(fileURLToPath(import.meta.url)), on }));
  return memo.table(`${what}-${name.slice(0, 16)}`);
}

/** A table for each set of names that build systems must not use. */
export const keptBuildSystems = (memo: Memo, reserved: readonly string[]) =>
  tableFor<BuildSystem>(memo, 'build-systems', reserved);

/**
 * A table for each set of words that recipes may use: with other build systems or architectures, the
 * same text may mean another recipe or none. A recipe with a mistake is never kept.
 */
export class KeptRecipes {
  readonly #table: MemoTable<WrittenValue>;

  constructor(
    memo: Memo,
    private readonly reader: RecipeReader,
  ) {
    const { architectures, systems } = reader.vocabulary;
    this.#table = tableFor(memo, 'recipes', { architectures, systems: [...systems] });
  }

  /** The recipe of a file that has not changed since it was kept. */
  get(file: string): WrittenRecipe<Recipe> | undefined {
    const value = this.#table.get(file);
    return value && this.reader.revive(file, value);
  }

  /** Runs `read` and keeps its result, unless the file is still being written. */
  keep<Read extends { written?: WrittenRecipe<Recipe> }>(file: string, read: () => Read): Read {
    const started = Date.now();
    const result = read();
    if (result.written) this.#table.set(file, result.written.value, started);
    return result;
  }

  /** Writes new recipes to the file. */
  save(): Promise<void> {
    return this.#table.save();
  }
}
