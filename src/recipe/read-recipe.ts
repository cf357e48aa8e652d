/** Reads one recipe's file into its written form. */
import type { Diagnostic } from '../util/diagnostic.js';
import { nearest, suggestion } from '../util/suggest.js';
import { SchemaCheck } from '../yaml/check-schema.js';
import { isMap, unparsedYamlFile, type YamlFile } from '../yaml/yaml-file.js';
import type { BuildSystem, BuildSystemIndex } from './build-system.js';
import { nameSchema, recipeFile } from './field-schemas.js';
import { builtForm } from './kinds/built-recipe.js';
import { artifactForms, artifactKindNames } from './kinds/recipe-forms.js';
import type {
  FormReader,
  InputDescription,
  Vocabulary,
  WrittenRecipe,
  WrittenValue,
} from './kinds/written-recipe.js';
import { type ArtifactKindName, builtKinds, type Recipe } from './recipe.js';

const kinds: readonly string[] = [...builtKinds, ...artifactKindNames];

/** A file with a misspelt kind is checked as one of the kind that was meant, so that nothing else is wrong with it. */
function meantKind(written: unknown): string | undefined {
  if (typeof written !== 'string') return undefined;
  return kinds.includes(written) ? written : nearest(written, kinds);
}

type Reader = Pick<FormReader<unknown, Recipe>, 'read' | 'revive'>;

/** Reads recipes against the schemas of one project; a schema is made when it is first needed. */
export class RecipeReader {
  readonly vocabulary: Vocabulary;
  readonly #index: BuildSystemIndex;
  readonly #readers = new Map<string, Reader>();
  #withoutSystem: SchemaCheck<unknown> | undefined;

  constructor(architectures: readonly string[], index: BuildSystemIndex) {
    this.#index = index;
    this.vocabulary = {
      architectures,
      systems: new Map([...index.systems].map(([name, system]) => [name, system.inputs])),
    };
  }

  /** The recipe, or everything that is wrong with the shape of its file. */
  read(yaml: YamlFile): { written?: WrittenRecipe<Recipe>; diagnostics: Diagnostic[] } {
    const file = isMap(yaml.value) ? yaml.value : {};
    const kind = meantKind(file.kind);
    const artifact = artifactKindNames.find((each) =>
      kind === undefined ? artifactForms[each].isMeant(file) : kind === each,
    );
    if (artifact) return this.#artifactReader(artifact).read(yaml);
    const build = typeof file.build === 'string' ? file.build : '';
    const system = this.#index.systems.get(build);
    if (system) return this.#builtReader(system).read(yaml);
    const { diagnostics } = this.#checkWithout().check(yaml);
    return { diagnostics: [...diagnostics, ...this.#systemDiagnostics(build, yaml)] };
  }

  /** A recipe whose `value` was read in an earlier run; its file is read only for spans. */
  revive(file: string, value: WrittenValue & { build?: string }): WrittenRecipe<Recipe> {
    const artifact = artifactKindNames.find((kind) => value.kind === kind);
    const reader = artifact
      ? this.#artifactReader(artifact)
      : this.#builtReader(this.#index.systems.get(value.build!)!);
    return reader.revive(unparsedYamlFile(file, value), value);
  }

  #systemDiagnostics(build: string, yaml: YamlFile): Diagnostic[] {
    // Anything else has been reported already.
    if (!nameSchema.safeParse(build).success) return [];
    if (this.#index.broken.has(build)) {
      return [
        {
          id: 'recipe.broken-build-system',
          message: `there is a mistake in the build system '${build}'`,
          span: yaml.span(['build']),
          help: 'find it with: stubforge lint',
        },
      ];
    }
    return [
      {
        id: 'recipe.unknown-build-system',
        message: `there is no build system '${build}'`,
        span: yaml.span(['build']),
        help: suggestion(build, [...this.#index.systems.keys()], 'build systems'),
      },
    ];
  }

  #artifactReader(kind: ArtifactKindName): Reader {
    return this.#reader(`artifact ${kind}`, () => artifactForms[kind].reader(this.vocabulary));
  }

  #builtReader(system: BuildSystem): Reader {
    return this.#reader(`build ${system.name}`, () => builtForm.reader(this.vocabulary, system));
  }

  /** Checks a recipe whose build system is unknown: the fields of all build systems are then allowed. */
  #checkWithout(): SchemaCheck<unknown> {
    if (!this.#withoutSystem) {
      const all: Record<string, InputDescription> = {};
      for (const inputs of this.vocabulary.systems.values()) {
        for (const [name, input] of Object.entries(inputs))
          all[name] = { ...input, required: false };
      }
      const vocabulary = { ...this.vocabulary, systems: new Map([['', all]]) };
      this.#withoutSystem = new SchemaCheck(builtForm.schema(vocabulary, ''), recipeFile);
    }
    return this.#withoutSystem;
  }

  #reader(name: string, make: () => Reader): Reader {
    const reader = this.#readers.get(name) ?? make();
    this.#readers.set(name, reader);
    return reader;
  }
}
