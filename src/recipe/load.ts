/** The recipes of a project. Files are read when they are first asked for, and then once. */
import { basename, dirname } from 'node:path';
import type { Project } from '../project.js';
import { type Problem, UserError } from '../util/problem.js';
import { nearest, suggestion } from '../util/suggest.js';
import { readYamlFile } from '../util/yaml-document.js';
import { type BuildSystemIndex, readBuildSystems } from './build-system.js';
import { checkRecipe } from './check.js';
import { evaluateRecipe } from './evaluate.js';
import { badNeed, cycleProblem, type Reference, references, sortByNeeds } from './graph.js';
import { indexRecipes, type RecipeFile, readArchitectureNames } from './index-files.js';
import { KeptRecipes } from './kept.js';
import { RecipeReader, type WrittenRecipe } from './read.js';
import type { Recipe } from './recipe.js';
import { reservedFields, type Vocabulary } from './written.js';

interface Loaded {
  /** Present when the file has the right shape, even if something else is wrong with it. */
  written?: WrittenRecipe;
  problems: Problem[];
}

export interface LoadOptions {
  /** Names of architectures; those that the project's toolchains describe when absent. */
  architectures?: readonly string[];
  /** A folder in which recipes that were read are kept for the next run. */
  keepIn?: string;
}

/**
 * Finds the recipes of a project. Reads only what tells their names: a broken recipe is no obstacle
 * to any that does not need it.
 */
export async function loadRecipes(
  project: Pick<Project, 'recipeDirs' | 'toolchainDirs'>,
  options: LoadOptions = {},
): Promise<RecipeSet> {
  const architectures = options.architectures ?? readArchitectureNames(project.toolchainDirs);
  const systems = readBuildSystems(project.recipeDirs, [...reservedFields, ...architectures]);
  return new RecipeSet(indexRecipes(project), systems, architectures, options.keepIn);
}

export class RecipeSet {
  /** All recipes' names, sorted. */
  readonly names: readonly string[];
  readonly architectures: readonly string[];
  readonly buildSystems: BuildSystemIndex;
  readonly #files: ReadonlyMap<string, RecipeFile>;
  readonly #indexProblems: readonly Problem[];
  readonly #reader: RecipeReader;
  readonly #kept: KeptRecipes | undefined;
  readonly #loaded = new Map<string, Loaded>();
  readonly #problems = new Map<string, Problem[]>();
  readonly #evaluated = new Map<string, Recipe>();

  constructor(
    index: { files: ReadonlyMap<string, RecipeFile>; problems: readonly Problem[] },
    buildSystems: BuildSystemIndex,
    architectures: readonly string[],
    keepIn?: string,
  ) {
    this.#files = index.files;
    this.#indexProblems = index.problems;
    this.names = [...index.files.keys()].sort();
    this.architectures = architectures;
    this.buildSystems = buildSystems;
    this.#reader = new RecipeReader(architectures, buildSystems);
    if (keepIn !== undefined) this.#kept = new KeptRecipes(keepIn, this.#reader.vocabulary);
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
   * when there is no such recipe, when its file or what it names has problems, and when it is not
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
    const { value, yaml } = this.#written(name);
    const known = this.architectures.includes(architecture);
    if (value.kind !== 'tool' && !known && this.architectures.length > 0) {
      throw new UserError({
        message: `there is no architecture '${architecture}'`,
        remedy: suggestion(architecture, this.architectures, 'architectures'),
      });
    }
    if (value.architectures && known && !value.architectures.includes(architecture)) {
      throw new UserError({
        message: `${name} is not for ${architecture}`,
        place: yaml.place(['architectures']),
        remedy: `it is for ${value.architectures.join(', ')}`,
      });
    }
    const system = value.kind === 'image' ? undefined : this.buildSystems.systems.get(value.build);
    return evaluateRecipe({ value, yaml }, known ? architecture : undefined, system);
  }

  /** Whether a recipe is for that architecture. Throws UserError as `evaluate` does. */
  supports(name: string, architecture: string): boolean {
    const { value } = this.#written(name);
    return value.architectures?.includes(architecture) ?? true;
  }

  /**
   * The commands that a recipe wants on the build machine, whatever the architecture; none while its
   * file cannot be read.
   */
  hostTools(name: string): string[] {
    const value = this.has(name) ? this.#load(name).written?.value : undefined;
    if (!value) return [];
    const blocks = [value, ...this.#blocks(value)] as { 'host-tools'?: string[] }[];
    return [...new Set(blocks.flatMap((block) => block['host-tools'] ?? []))];
  }

  /**
   * The wanted recipes and all that they need, each behind its needs. Throws UserError for unknown
   * or broken recipes among them, and for a cycle.
   */
  dependencyOrder(wanted: readonly string[], architecture: string): string[] {
    const needs = (name: string) => [...this.evaluate(name, architecture).needs];
    const { order, cycles } = sortByNeeds(wanted, needs);
    if (cycles.length > 0) throw new UserError(cycles.map((each) => this.#cycle(each)));
    return order;
  }

  /** All that is wrong with any recipe or build system. Reads every file. */
  get problems(): readonly Problem[] {
    return [
      ...this.#indexProblems,
      ...[...this.buildSystems.broken.values()].flat(),
      ...this.names.flatMap((name) => this.problemsOf(name)),
      ...this.cycles(this.names),
    ];
  }

  /** The cycles among the given recipes and all that they need, each told once. */
  cycles(names: readonly string[]): Problem[] {
    const find = (architectures: readonly string[]) =>
      sortByNeeds(names, (name) =>
        this.#references(name, architectures)
          .map((each) => each.name)
          .filter((each) => this.has(each)),
      ).cycles;
    // What no architecture needs in a circle with all of them together is none with any by itself.
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
  problemsOf(name: string): Problem[] {
    let problems = this.#problems.get(name);
    if (!problems) {
      problems = [...this.#load(name).problems, ...this.#referenceProblems(name)];
      this.#problems.set(name, problems);
    }
    return problems;
  }

  #written(name: string): WrittenRecipe {
    const problems = this.has(name) ? this.problemsOf(name) : [this.#unknown(name, 'recipe')];
    if (problems.length > 0) throw new UserError(problems);
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
      let shape: Problem[] = [];
      const read = () => {
        const result = this.#reader.read(readYamlFile(file));
        shape = result.problems;
        return { written: result.written, sound: shape.length === 0 };
      };
      const written = this.#kept
        ? (this.#kept.get(file) ?? this.#kept.keep(file, read))
        : read().written;
      if (!written) return { problems: shape };
      const { value } = written;
      const folder = dirname(file);
      const around = {
        // Recipes share the folder that holds `recipes/`; a lone file has only its own.
        tree: basename(folder) === 'recipes' ? dirname(folder) : folder,
        ofToolchain,
        architectures: this.architectures,
        system: value.kind === 'image' ? undefined : this.buildSystems.systems.get(value.build),
      };
      return { written, problems: checkRecipe(written, around) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { problems: error.problems };
    }
  }

  #references(name: string, architectures: readonly string[]): Reference[] {
    const { written } = this.#load(name);
    return written ? references(written, architectures) : [];
  }

  #referenceProblems(name: string): Problem[] {
    const { written } = this.#load(name);
    if (!written) return [];
    return this.#references(name, this.architectures).flatMap((reference): Problem[] => {
      const place = () => written.yaml.place(reference.path);
      if (!this.has(reference.name)) {
        return [{ ...this.#unknown(reference.name, 'recipe'), place: place() }];
      }
      const needed = this.#load(reference.name).written;
      const message = needed && badNeed(written.value.kind, needed.value.kind, reference.name);
      return message ? [{ message, place: place() }] : [];
    });
  }

  #blocks(value: WrittenRecipe['value']): unknown[] {
    const fields = value as unknown as Record<string, unknown>;
    return this.architectures.map((name) => fields[name]).filter((block) => block !== undefined);
  }

  #unknown(name: string, what: string): Problem {
    const best = nearest(name, this.names);
    return {
      message: `there is no ${what} '${name}'`,
      remedy: best
        ? `did you mean '${best}'?`
        : this.names.length <= 20
          ? suggestion(name, this.names, 'recipes')
          : 'list them all: stubforge lint --json',
    };
  }

  #cycle(cycle: readonly string[]): Problem {
    return cycleProblem(cycle, (name, need) => {
      const { written } = this.#load(name);
      const found = this.#references(name, this.architectures).find((each) => each.name === need);
      return written?.yaml.place(found?.path ?? []);
    });
  }
}
