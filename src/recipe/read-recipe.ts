/** Reads one recipe's file into its written form. */
import type { Diagnostic } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import { checkWith, type YamlFile } from '../yaml/yaml-file.js';
import type { BuildSystemIndex } from './build-system.js';
import {
  builtRecipeSchema,
  type InputDescription,
  imageRecipeSchema,
  type Vocabulary,
  type WrittenBuilt,
  type WrittenImage,
} from './recipe-schema.js';

/** A recipe as it stands in its file: every value still has its place. */
export interface WrittenRecipe {
  yaml: YamlFile;
  value: WrittenBuilt | WrittenImage;
}

/** Reads recipes against the schemas of one project; a schema is made when it is first needed. */
export class RecipeReader {
  readonly vocabulary: Vocabulary;
  readonly #index: BuildSystemIndex;
  readonly #schemas = new Map<string, ReturnType<typeof builtRecipeSchema>>();
  #imageSchema: ReturnType<typeof imageRecipeSchema> | undefined;

  constructor(architectures: readonly string[], index: BuildSystemIndex) {
    this.#index = index;
    this.vocabulary = {
      architectures,
      systems: new Map([...index.systems].map(([name, system]) => [name, system.inputs])),
    };
  }

  /** The recipe, or all that is wrong with the shape of its file. */
  read(yaml: YamlFile): { written?: WrittenRecipe; diagnostics: Diagnostic[] } {
    const value = (yaml.value ?? {}) as Record<string, unknown>;
    const isMap = typeof yaml.value === 'object' && !Array.isArray(yaml.value);
    // Without a kind, a program to run and nothing to build can only mean an image.
    const image =
      isMap && (value.kind === 'image' || (!value.kind && !value.build && value.program));
    const extra: Diagnostic[] = [];
    let checked: ReturnType<typeof checkWith>;
    if (image) {
      this.#imageSchema ??= imageRecipeSchema(this.vocabulary);
      checked = checkWith(this.#imageSchema, yaml);
    } else {
      const build = isMap && typeof value.build === 'string' ? value.build : '';
      if (build !== '') extra.push(...this.#buildSystemDiagnostics(build, yaml));
      checked = checkWith(this.#builtSchema(build), yaml);
    }
    const diagnostics = [...checked.diagnostics, ...extra];
    if (diagnostics.length > 0) return { diagnostics };
    return { written: { yaml, value: checked.value as WrittenRecipe['value'] }, diagnostics };
  }

  #buildSystemDiagnostics(build: string, yaml: YamlFile): Diagnostic[] {
    if (this.#index.systems.has(build)) return [];
    if (this.#index.broken.has(build)) {
      return [
        {
          message: `the build system '${build}' is not in order itself`,
          span: yaml.span(['build']),
          help: 'see what is wrong with it: stubforge lint',
        },
      ];
    }
    return [
      {
        message: `there is no build system '${build}'`,
        span: yaml.span(['build']),
        help: suggestion(build, [...this.#index.systems.keys()], 'build systems'),
      },
    ];
  }

  #builtSchema(build: string): ReturnType<typeof builtRecipeSchema> {
    const known = this.#schemas.get(build);
    if (known) return known;
    let vocabulary = this.vocabulary;
    if (!vocabulary.systems.has(build)) {
      // The name is a problem of its own; fields that any system knows are then none.
      const all: Record<string, InputDescription> = {};
      for (const inputs of vocabulary.systems.values()) Object.assign(all, inputs);
      vocabulary = { ...vocabulary, systems: new Map([[build, all]]) };
    }
    const schema = builtRecipeSchema(vocabulary, build);
    this.#schemas.set(build, schema);
    return schema;
  }
}
