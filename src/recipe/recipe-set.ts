/** The recipes of a project. Files are read when they are first asked for, and then once. */
import { basename, dirname } from 'node:path';
import { NATIVE, readUnit } from '../events/unit-id.js';
import type { Project } from '../project/project.js';
import type { KeptToolchains } from '../toolchain/read-description.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import type { Memo } from '../util/memo.js';
import { nearest, suggestion } from '../util/suggest.js';
import { readYamlFile } from '../yaml/yaml-file.js';
import { type BuildSystemIndex, readBuildSystems } from './build-system.js';
import { indexRecipes, type RecipeFile, readArchitectures } from './find-recipes.js';
import { KeptRecipes, keptBuildSystems } from './kept-recipes.js';
import { reservedFields } from './kinds/recipe-forms.js';
import type { Reference, Vocabulary, WrittenRecipe } from './kinds/written-recipe.js';
import { RecipeReader } from './read-recipe.js';
import type { Recipe } from './recipe.js';
import { cycleDiagnostic, sortByNeeds } from './recipe-graph.js';

interface Loaded {
  /** Present when the file has the right shape, even if something else is wrong with it. */
  written?: WrittenRecipe<Recipe>;
  diagnostics: Diagnostic[];
}

export interface LoadOptions {
  /** Names of architectures; those that the project's toolchains describe when absent. */
  architectures?: readonly string[];
  /** Where recipes that were read are kept for the next run. */
  memo?: Memo;
  /** Descriptions of toolchains that were read before. */
  toolchains?: KeptToolchains;
}

/**
 * Finds the recipes of a project. Reads only what is needed for their names: a broken recipe does not
 * affect those that do not need it.
 */
export async function loadRecipes(
  project: Pick<Project, 'recipeDirs' | 'toolchainDirs'>,
  options: LoadOptions = {},
): Promise<RecipeSet> {
  const found = readArchitectures(project.toolchainDirs, reservedFields, options.toolchains);
  const architectures = options.architectures ?? found.names;
  const reserved = [...reservedFields, ...architectures];
  const kept = options.memo && keptBuildSystems(options.memo, reserved);
  const systems = readBuildSystems(project.recipeDirs, reserved, kept);
  await kept?.save();
  const { files, diagnostics } = indexRecipes(project);
  const index = { files, diagnostics: [...found.diagnostics, ...diagnostics] };
  return new RecipeSet(index, systems, architectures, options.memo);
}

export class RecipeSet {
  /** All recipes' names, sorted. */
  readonly names: readonly string[];
  readonly architectures: readonly string[];
  readonly buildSystems: BuildSystemIndex;
  readonly #files: ReadonlyMap<string, RecipeFile>;
  readonly #indexDiagnostics: readonly Diagnostic[];
  readonly #reader: RecipeReader;
  readonly #kept: KeptRecipes | undefined;
  readonly #loaded = new Map<string, Loaded>();
  readonly #diagnostics = new Map<string, Diagnostic[]>();
  readonly #evaluated = new Map<string, Recipe>();

  constructor(
    index: { files: ReadonlyMap<string, RecipeFile>; diagnostics: readonly Diagnostic[] },
    buildSystems: BuildSystemIndex,
    architectures: readonly string[],
    memo?: Memo,
  ) {
    this.#files = index.files;
    this.#indexDiagnostics = index.diagnostics;
    this.names = [...index.files.keys()].sort();
    this.architectures = architectures;
    this.buildSystems = buildSystems;
    this.#reader = new RecipeReader(architectures, buildSystems);
    if (memo) this.#kept = new KeptRecipes(memo, this.#reader);
  }

  /** Keeps the recipes that were read for the next run. */
  async save(): Promise<void> {
    await this.#kept?.save();
  }

  /** The words that recipes of this project may use, for the JSON schema. */
  get vocabulary(): Vocabulary {
    return this.#reader.vocabulary;
  }

  has(name: string): boolean {
    return this.#files.has(name);
  }

  /** The file of a recipe, absolute where the project's folders are. */
  fileOf(name: string): string | undefined {
    return this.#files.get(name)?.file;
  }

  /**
   * The recipe for one architecture; for a tool, `architecture` may be any word. Throws UserError
   * when there is no such recipe, when its file or one that it names has mistakes, and when it is not
   * for this architecture.
   */
  evaluate(name: string, architecture: string): Recipe {
    const id = `${name}:${architecture}`;
    let recipe = this.#evaluated.get(id);
    if (!recipe) {
      recipe = this.#evaluate(name, architecture);
      this.#evaluated.set(id, recipe);
    }
    return recipe;
  }

  #evaluate(name: string, architecture: string): Recipe {
    const written = this.#written(name);
    const { value, yaml } = written;
    const known = this.architectures.includes(architecture);
    if (value.kind !== 'tool' && !known && this.architectures.length > 0) {
      throw new UserError({
        id: 'toolchain.unknown-architecture',
        message: `there is no architecture '${architecture}'`,
        help: suggestion(architecture, this.architectures, 'architectures'),
      });
    }
    if (value.architectures && known && !value.architectures.includes(architecture)) {
      throw new UserError({
        id: 'recipe.other-architecture',
        message: `${name} is not for ${architecture}`,
        span: yaml.span(['architectures']),
        help: `choose an architecture that it is for: ${value.architectures.join(', ')}`,
      });
    }
    return written.evaluate(known ? architecture : undefined);
  }

  /** Whether a recipe is for that architecture. Throws UserError as `evaluate` does. */
  supports(name: string, architecture: string): boolean {
    const { value } = this.#written(name);
    return value.architectures?.includes(architecture) ?? true;
  }

  /**
   * The commands that a recipe needs on the build machine, for any architecture; none while its file
   * cannot be read.
   */
  buildTools(name: string): readonly string[] {
    return this.has(name) ? (this.#load(name).written?.buildTools ?? []) : [];
  }

  /** All that is wrong with any recipe or build system. Reads every file. */
  get diagnostics(): readonly Diagnostic[] {
    return [
      ...this.#indexDiagnostics,
      ...[...this.buildSystems.broken.values()].flat(),
      ...this.names.flatMap((name) => this.diagnosticsOf(name)),
      ...this.cycles(this.names),
    ];
  }

  /** The cycles among the given recipes and all that they need, each once. */
  cycles(names: readonly string[]): Diagnostic[] {
    const find = (architectures: readonly string[]) =>
      sortByNeeds(names, (name) =>
        this.#references(name, architectures)
          .map((each) => each.name)
          .filter((each) => this.has(each)),
      ).cycles;
    // Without a cycle over all architectures together there is none on any of them.
    if (find(this.architectures).length === 0) return [];
    const cycles = new Map<string, readonly string[]>();
    for (const architecture of this.architectures.length > 0 ? this.architectures : ['']) {
      for (const cycle of find([architecture])) {
        cycles.set([...new Set(cycle)].sort().join(' '), cycle);
      }
    }
    return [...cycles.values()].map((cycle) => this.#cycle(cycle));
  }

  /** All that is wrong with one recipe and what it names, apart from cycles. */
  diagnosticsOf(name: string): Diagnostic[] {
    let diagnostics = this.#diagnostics.get(name);
    if (!diagnostics) {
      diagnostics = [...this.#load(name).diagnostics, ...this.#referenceDiagnostics(name)];
      this.#diagnostics.set(name, diagnostics);
    }
    return diagnostics;
  }

  /**
   * Throws UserError with all that is wrong with the recipes of these names, which somebody has asked for,
   * and those that there are not: such a request cannot be understood.
   */
  require(names: readonly string[]): void {
    const unknown = this.#unknownNames(names, true);
    const known = names.filter((name) => this.has(name));
    const diagnostics = [...unknown, ...known.flatMap((name) => this.diagnosticsOf(name))];
    if (diagnostics.length > 0) throw new UserError(diagnostics, unknown.length > 0 ? 2 : 1);
  }

  /** The same without a look into their files, of recipes for all their architectures. */
  requireNames(names: readonly string[]): void {
    const unknown = this.#unknownNames(names, false);
    if (unknown.length > 0) throw new UserError(unknown, 2);
  }

  #unknownNames(names: readonly string[], takesArchitecture: boolean): Diagnostic[] {
    return names
      .filter((name) => !this.has(name))
      .map((name) => {
        const unit = readUnit(name);
        if (!unit || !this.has(unit.recipe)) return this.#unknown(name);
        const { recipe, architecture } = unit;
        const takesOption = takesArchitecture && architecture !== NATIVE;
        const option = takesOption ? ` --arch ${architecture}` : '';
        return {
          id: 'recipe.unit-name',
          message: `'${name}' is the name of a unit, and a recipe is wanted here`,
          help: `write: ${recipe}${option}`,
        };
      });
  }

  #written(name: string): WrittenRecipe<Recipe> {
    this.require([name]);
    return this.#load(name).written!;
  }

  #load(name: string): Loaded {
    let loaded = this.#loaded.get(name);
    if (!loaded) {
      loaded = this.#read(this.#files.get(name)!);
      this.#loaded.set(name, loaded);
    }
    return loaded;
  }

  #read({ file, ofToolchain }: RecipeFile): Loaded {
    try {
      const read = () => this.#reader.read(readYamlFile(file));
      const kept = this.#kept?.get(file);
      const { written, diagnostics } = kept
        ? { written: kept, diagnostics: [] }
        : (this.#kept?.keep(file, read) ?? read());
      if (!written) return { diagnostics };
      const folder = dirname(file);
      const context = {
        // Recipes share the folder that holds `recipes/`; a lone file has only its own.
        tree: basename(folder) === 'recipes' ? dirname(folder) : folder,
        ofToolchain,
        architectures: this.architectures,
      };
      return { written, diagnostics: [...diagnostics, ...written.check(context)] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { diagnostics: error.diagnostics };
    }
  }

  #references(name: string, architectures: readonly string[]): Reference[] {
    return this.#load(name).written?.references(architectures) ?? [];
  }

  #referenceDiagnostics(name: string): Diagnostic[] {
    const { written } = this.#load(name);
    if (!written) return [];
    return this.#references(name, this.architectures).flatMap((reference): Diagnostic[] => {
      const span = () => written.yaml.span(reference.path);
      if (!this.has(reference.name)) {
        return [{ ...this.#unknown(reference.name), span: span() }];
      }
      const needed = this.#load(reference.name).written;
      const message = needed && written.refuses(needed, reference.name);
      return message ? [{ id: 'recipe.impossible-need', message, span: span() }] : [];
    });
  }

  #unknown(name: string): Diagnostic {
    const best = nearest(name, this.names);
    return {
      id: 'recipe.unknown-name',
      message: `there is no recipe '${name}'`,
      help: best
        ? `did you mean '${best}'?`
        : this.names.length <= 20
          ? suggestion(name, this.names, 'recipes')
          : 'list them all: stubforge lint --json',
    };
  }

  #cycle(cycle: readonly string[]): Diagnostic {
    return cycleDiagnostic(cycle, (name, need) => {
      const { written } = this.#load(name);
      const found = this.#references(name, this.architectures).find((each) => each.name === need);
      return written?.yaml.span(found?.path ?? []);
    });
  }
}
