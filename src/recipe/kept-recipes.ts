/** Recipes as they were read before, so that files which have not changed are not parsed again. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../util/files.js';
import { canonicalJson, sha256 } from '../util/hash.js';
import { stampOf, stampsSince } from '../util/stamps.js';
import { unparsedYamlFile } from '../yaml/yaml-file.js';
import type { WrittenRecipe } from './read-recipe.js';
import type { Vocabulary } from './recipe-schema.js';

interface KeptRecipe {
  stamp: string;
  value: WrittenRecipe['value'];
}

/**
 * Kept in one file for each set of words that recipes may use: with another build system or
 * architecture, the same text may be another recipe or none. A recipe with anything wrong with it is
 * never kept.
 */
export class KeptRecipes {
  readonly #file: string;
  readonly #recipes: Map<string, KeptRecipe>;
  #changed = false;

  constructor(directory: string, vocabulary: Vocabulary) {
    const name = sha256(
      canonicalJson({
        // This file is as old as the compiled schemas beside it.
        program: stampOf(fileURLToPath(import.meta.url)),
        architectures: vocabulary.architectures,
        systems: [...vocabulary.systems],
      }),
    );
    this.#file = join(directory, `recipes-${name.slice(0, 16)}.json`);
    this.#recipes = new Map();
    try {
      const kept = JSON.parse(readFileSync(this.#file, 'utf8')) as Record<string, KeptRecipe>;
      this.#recipes = new Map(Object.entries(kept));
    } catch {
      // None are kept yet, or in a damaged file, which is as good as none.
    }
  }

  /** The recipe of a file that has not changed since it was kept. */
  get(file: string): WrittenRecipe | undefined {
    const kept = this.#recipes.get(file);
    if (!kept || kept.stamp !== stampOf(file)) return undefined;
    return { yaml: unparsedYamlFile(file, kept.value), value: kept.value };
  }

  /** Runs `read` and keeps what it gives, unless the file is still being written. */
  keep(
    file: string,
    read: () => { written?: WrittenRecipe; sound: boolean },
  ): WrittenRecipe | undefined {
    const started = Date.now();
    const { written, sound } = read();
    const stamp = stampsSince([file], started)?.[file];
    if (written && sound && stamp !== undefined) {
      this.#recipes.set(file, { stamp, value: written.value });
      this.#changed = true;
    }
    return written;
  }

  /** Writes them down, where there are new ones. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    // Projects come and go; the files of one that is gone are not looked for again.
    for (const file of this.#recipes.keys()) if (!existsSync(file)) this.#recipes.delete(file);
    const text = JSON.stringify(Object.fromEntries(this.#recipes));
    // What cannot be kept is read again; that is no reason to stop.
    await writeFileAtomic(this.#file, text).catch(() => undefined);
  }
}
