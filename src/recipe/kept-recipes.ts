/** Recipes and build systems that earlier runs have read, so that nothing is parsed twice. */
import { keptTable } from '../util/kept-table.js';
import type { Memo, MemoTable } from '../util/memo.js';
import type { BuildSystem } from './build-system.js';
import type { WrittenRecipe, WrittenValue } from './kinds/written-recipe.js';
import type { RecipeReader } from './read-recipe.js';
import type { Recipe } from './recipe.js';

/** A table for each set of names that build systems must not use. */
export const keptBuildSystems = (memo: Memo, reserved: readonly string[]) =>
  keptTable<BuildSystem>(memo, 'build-systems', import.meta.url, reserved);

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
    const words = { architectures, systems: [...systems] };
    this.#table = keptTable(memo, 'recipes', import.meta.url, words);
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
