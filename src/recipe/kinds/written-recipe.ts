/**
 * Recipes as they are written: what each kind of recipe says about its own files. Whoever reads recipes
 * asks these objects, and never which kind one is of.
 */
import { z } from 'zod';
import type { Diagnostic } from '../../util/diagnostic.js';
import { SchemaCheck } from '../../yaml/check-schema.js';
import { isMap, type YamlFile, type YamlPath } from '../../yaml/yaml-file.js';
import { distinct, nameSchema, recipeFile, summarySchema } from '../field-schemas.js';
import { expectedName } from '../find-recipes.js';

/** How a build system's input is written: a list of words, or shell text. */
export interface InputDescription {
  type: 'words' | 'text';
  summary: string;
  /** The recipe has to give it. */
  required: boolean;
}

/** The names that recipes may use as fields beyond the fixed ones. */
export interface Vocabulary {
  /** Each may head a block of differences. */
  architectures: readonly string[];
  /** Build systems by name, with their inputs, each of which is a field of the recipe. */
  systems: ReadonlyMap<string, Readonly<Record<string, InputDescription>>>;
}

/** Where a recipe was found. */
export interface RecipeContext {
  /** Files that a recipe names have to be inside this folder. */
  tree: string;
  /** It is in a toolchain's folder. */
  ofToolchain: boolean;
  architectures: readonly string[];
}

/** A recipe's name in another recipe, with its path there. */
export interface Reference {
  name: string;
  path: YamlPath;
}

/** One recipe's file that has the right shape; every value still has its span. */
export interface WrittenRecipe<Evaluated = unknown> {
  readonly yaml: YamlFile;
  /** As its schema gives it; plain data, which can be kept. */
  readonly value: WrittenValue;
  /** It builds nothing, but assembles what others have built. */
  readonly isArtifact: boolean;
  /** The commands that it needs on the build machine, for any architecture. */
  readonly buildTools: readonly string[];
  /** The recipes that it names, in its blocks for the given architectures too. */
  references(architectures: readonly string[]): Reference[];
  /** Why it cannot need another one of that name; undefined when it can. */
  refuses(needed: WrittenRecipe, name: string): string | undefined;
  /** Everything that is wrong with it, apart from what it needs. */
  check(context: RecipeContext): Diagnostic[];
  /**
   * The complete, immutable recipe. The block of the architecture adds to lists, merges into maps, and
   * replaces all else; without an architecture no block is looked at.
   */
  evaluate(architecture: string | undefined): Evaluated;
}

export interface WrittenValue<Part = unknown> {
  kind: string;
  name: string;
  summary: string;
  architectures?: readonly string[] | undefined;
  /** What holds for all architectures. */
  common: Part;
  /** What is different on some, by their names. */
  blocks: Readonly<Record<string, Part>>;
}

/** What is the same for recipes of all kinds. */
export abstract class WrittenBase<Part, Value extends WrittenValue<Part>> {
  constructor(
    readonly yaml: YamlFile,
    readonly value: Value,
  ) {}

  protected abstract partReferences(part: Part, path: YamlPath): Reference[];
  protected abstract checkPart(part: Part, path: YamlPath, context: RecipeContext): Diagnostic[];

  references(architectures: readonly string[]): Reference[] {
    return this.parts(architectures).flatMap(({ part, path }) => this.partReferences(part, path));
  }

  check(context: RecipeContext): Diagnostic[] {
    const { name, architectures, blocks } = this.value;
    const known = context.architectures.filter((each) => Object.hasOwn(blocks, each));
    return [
      ...expectedName(this.yaml, name),
      ...known
        .filter((each) => architectures && !architectures.includes(each))
        .map((each) => ({
          id: 'recipe.unused-block',
          message: `the recipe is not for ${each}, so this block is never used`,
          span: this.yaml.span([each], 'key'),
          help: `remove the block, or add ${each} to 'architectures'`,
        })),
      ...this.parts(known).flatMap(({ part, path }) => this.checkPart(part, path, context)),
    ];
  }

  /** The fields for all architectures, and the blocks for these. */
  protected parts(architectures: readonly string[]): { part: Part; path: string[] }[] {
    return [
      { part: this.value.common, path: [] },
      ...architectures.flatMap((name) => {
        const block = this.block(name);
        return block === undefined ? [] : [{ part: block, path: [name] }];
      }),
    ];
  }

  protected block(architecture: string | undefined): Part | undefined {
    const { blocks } = this.value;
    return architecture !== undefined && Object.hasOwn(blocks, architecture)
      ? blocks[architecture]
      : undefined;
  }
}

/** Reads files against the schema of one form of recipes. */
export class FormReader<Value, Evaluated> {
  readonly #check: SchemaCheck<Value>;

  constructor(
    schema: z.ZodType<Value>,
    private readonly write: (yaml: YamlFile, value: Value) => WrittenRecipe<Evaluated>,
  ) {
    this.#check = new SchemaCheck(schema, recipeFile);
  }

  /** The recipe, or everything that is wrong with the shape of its file. */
  read(yaml: YamlFile): { written?: WrittenRecipe<Evaluated>; diagnostics: Diagnostic[] } {
    const { value, diagnostics } = this.#check.check(yaml);
    return { ...(value !== undefined && { written: this.write(yaml, value) }), diagnostics };
  }

  /** The recipe of a value that this reader gave in an earlier run. */
  revive(yaml: YamlFile, value: unknown): WrittenRecipe<Evaluated> {
    return this.write(yaml, value as Value);
  }
}

type Shape = Readonly<Record<string, z.ZodType>>;

/** The fields that recipes of all kinds have, for the schema of what was written. */
export const headSchemas = {
  name: nameSchema.describe("The recipe's name, which is also its file's, without .yaml."),
  summary: summarySchema.describe('What it is, in one line.'),
  architectures: distinct(z.string())
    .min(1, { error: 'expected at least one architecture; leave the field out for all' })
    .describe('The only architectures that it is for; all when absent.')
    .optional(),
};

/**
 * The schema of a file. Its fields are those of `head` and `common`, and for each architecture a block
 * with the fields of `block`. `written` takes it apart: what is in `head` as it is, the rest as `common`
 * and `blocks`, of which `part` may bring fields together.
 */
export function fileSchema<Value>(options: {
  vocabulary: Vocabulary;
  head: Shape;
  common: Shape;
  block: Shape;
  part?: (fields: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  written: z.ZodType<Value>;
}): z.ZodType<Value> {
  const { vocabulary, head, common, block, written, part = (fields) => ({ ...fields }) } = options;
  const { architectures } = vocabulary;
  const fields: Shape = {
    ...headSchemas,
    ...(architectures.length > 0 && { architectures: namesOf(architectures) }),
    ...common,
    ...head,
    ...Object.fromEntries(
      architectures.map((name) => [
        name,
        z.strictObject(block).describe(blockText(name)).optional(),
      ]),
    ),
  };
  return z.strictObject(fields).transform((file) =>
    written.parse({
      ...file,
      common: part(file),
      blocks: Object.fromEntries(
        architectures.flatMap((name) => (isMap(file[name]) ? [[name, part(file[name])]] : [])),
      ),
    }),
  );
}

const namesOf = (names: readonly string[]) =>
  distinct(z.enum(names))
    .min(1, { error: 'expected at least one architecture; leave the field out for all' })
    .describe('The only architectures that it is for; all when absent.')
    .optional();

const blockText = (name: string) =>
  `Differences for ${name}: lists are appended, maps are merged, all else is replaced.`;

/** `an image`, `a library`. */
export const withArticle = (kind: string) => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;

/** Makes all of an evaluated recipe unchangeable. */
export function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) {
      deepFreeze(member);
    }
  }
  return Object.freeze(value);
}
