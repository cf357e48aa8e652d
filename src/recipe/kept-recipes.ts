/** Recipes as they were read before, so that files which have not changed are not parsed again. */
import { fileURLToPath } from 'node:url';
import { canonicalJson, sha256 } from '../util/hash.js';
import type { Memo, MemoTable } from '../util/memo.js';
import { stampOf } from '../util/stamps.js';
import { unparsedYamlFile } from '../yaml/yaml-file.js';
import type { WrittenRecipe } from './read-recipe.js';
import type { Vocabulary } from './recipe-schema.js';

/**
 * One table for each set of words that recipes may use: with another build system or architecture, the
 * same text may be another recipe or none. A recipe with anything wrong with it is never kept.
 */
export class KeptRecipes {
  readonly #table: MemoTable<WrittenRecipe['value']>;

  constructor(memo: Memo, vocabulary: Vocabulary) {
    const name = sha256(
      canonicalJson({
        // This file is as old as the compiled schemas beside it.
        program: stampOf(fileURLToPath(import.meta.url)),
        architectures: vocabulary.architectures,
        systems: [...vocabulary.systems],
      }),
    );
    this.#table = memo.table(`recipes-${name.slice(0, 16)}`);
  }

  /** The recipe of a file that has not changed since it was kept. */
  get(file: string): WrittenRecipe | undefined {
    const value = this.#table.get(file);
    return value && { yaml: unparsedYamlFile(file, value), value };
  }

  /** Runs `read` and keeps what it gives, unless the file is still being written. */
  keep(
    file: string,
    read: () => { written?: WrittenRecipe; sound: boolean },
  ): WrittenRecipe | undefined {
    const started = Date.now();
    const { written, sound } = read();
    if (written && sound) this.#table.set(file, written.value, started);
    return written;
  }

  /** Writes them down, where there are new ones. */
  save(): Promise<void> {
    return this.#table.save();
  }
}
