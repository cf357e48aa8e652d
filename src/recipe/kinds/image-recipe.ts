/** Recipes of bootable images: their fields, and how they are checked. */
import { z } from 'zod';
import type { Diagnostic } from '../../util/diagnostic.js';
import { splitWords } from '../../util/shell-text.js';
import type { YamlFile, YamlPath } from '../../yaml/yaml-file.js';
import {
  distinct,
  guestPath,
  innerPath,
  matchingAlways,
  nameSchema,
  recipePath,
  sizeSchema,
} from '../field-schemas.js';
import { checkPath } from '../recipe-rules.js';
import { bytes } from '../written-limits.js';
import {
  deepFreeze,
  FormReader,
  fileSchema,
  headSchemas,
  type RecipeContext,
  type Reference,
  type Vocabulary,
  WrittenBase,
  type WrittenRecipe,
  withArticle,
} from './written-recipe.js';

export interface ImageRecipe {
  name: string;
  kind: 'image';
  summary: string;
  /** The YAML file, absolute. */
  file: string;
  program: { recipe: string; file: string };
  /** `from` is a path relative to the recipe's file, or in the output of `recipe`. */
  files: readonly { from: string; to: string; recipe?: string; mode?: number }[];
  /** In bytes. */
  memory: number;
  /** The default arguments, already split into words; argv[0] is the program's name. */
  arguments: readonly string[];
  /** A regular expression that the console must show for a boot to count as passed. */
  expect?: string;
}

const programSchema = z
  .strictObject({
    recipe: nameSchema.describe('The recipe that installs the program.'),
    file: innerPath.describe("The program's path in that recipe's output."),
  })
  .describe('The program that the image runs.');

const fields = {
  program: programSchema.optional(),
  files: distinct(
    z.strictObject({
      from: recipePath.describe(
        "A file or folder, relative to the recipe's file, or in the output of `recipe`.",
      ),
      to: guestPath.describe("An absolute path in the image's root file system."),
      recipe: nameSchema.describe('Take it from the output of this recipe.').optional(),
      mode: matchingAlways(
        /^0?[0-7]{3}$/,
        "expected a mode of three octal digits in quotes, e.g. '755'",
      )
        .describe("Access mode in octal, in quotes; the file's own when absent.")
        .optional(),
    }),
  )
    .describe("Files packed into the image's root file system.")
    .optional(),
  memory: sizeSchema.describe('The memory that a domain needs to run it, e.g. 64MiB.').optional(),
  cmdline: z
    .string()
    .describe("The program's default arguments, split into words as a shell would.")
    .optional(),
  expect: z
    .string()
    .min(1, { error: 'an empty expression would match every line; leave the field out instead' })
    .describe(
      'A JavaScript regular expression that a line of the console must match for a boot to pass.',
    )
    .optional(),
};

const kind = z.literal('image');
const common = { ...fields, program: programSchema };
const partSchema = z.object(fields);
type Part = z.output<typeof partSchema>;

const writtenSchema = z.object({
  ...headSchemas,
  kind,
  common: z.object(common),
  blocks: z.record(z.string(), partSchema),
});
type WrittenImageValue = z.output<typeof writtenSchema>;

const schema = (vocabulary: Vocabulary) =>
  fileSchema({ vocabulary, head: { kind }, common, block: fields, written: writtenSchema });

export const imageForm = {
  /** A program to run, and nothing to build, can only mean an image. */
  isMeant: (file: Readonly<Record<string, unknown>>) => !file.build && Boolean(file.program),
  fields: ['kind', ...Object.keys(fields)],
  schema,
  reader: (vocabulary: Vocabulary) =>
    new FormReader(
      schema(vocabulary),
      (yaml: YamlFile, value: WrittenImageValue) => new WrittenImage(yaml, value),
    ),
};

const defaultMemory = '64MiB';

class WrittenImage
  extends WrittenBase<Part, WrittenImageValue>
  implements WrittenRecipe<ImageRecipe>
{
  readonly isArtifact = true;
  readonly buildTools = [];

  protected partReferences({ program, files = [] }: Part, path: YamlPath): Reference[] {
    return [
      ...(program ? [{ name: program.recipe, path: [...path, 'program', 'recipe'] }] : []),
      ...files.flatMap(({ recipe }, index) =>
        recipe === undefined ? [] : [{ name: recipe, path: [...path, 'files', index, 'recipe'] }],
      ),
    ];
  }

  refuses(needed: WrittenRecipe, name: string): string | undefined {
    if (needed.isArtifact) {
      return `an image cannot hold '${name}', which is ${withArticle(needed.value.kind)}`;
    }
    return needed.value.kind === 'tool'
      ? `an image cannot hold '${name}', a tool that runs on the build machine`
      : undefined;
  }

  protected checkPart(part: Part, path: YamlPath, context: RecipeContext): Diagnostic[] {
    const { files = [], expect, cmdline } = part;
    return [
      ...files.flatMap(({ from, recipe }, index) => {
        const at = [...path, 'files', index, 'from'];
        if (recipe === undefined) {
          return checkPath(this.yaml, context, at, from, 'file or folder');
        }
        if (!from.split('/').includes('..')) return [];
        return [
          {
            id: 'recipe.path-outside',
            message: `'${from}' leads out of the output of ${recipe}`,
            span: this.yaml.span(at),
          },
        ];
      }),
      ...this.#attempt(
        [...path, 'expect'],
        'not a valid regular expression',
        () => new RegExp(expect ?? ''),
      ),
      ...this.#attempt([...path, 'cmdline'], 'cannot split this into words', () =>
        splitWords(cmdline ?? ''),
      ),
    ];
  }

  #attempt(path: YamlPath, what: string, action: () => unknown): Diagnostic[] {
    try {
      action();
      return [];
    } catch (error) {
      const reason = (error as Error).message.replace(/^Invalid.*\/: /, '');
      return [
        {
          id: 'recipe.invalid-value',
          message: `${what}: ${reason}`,
          span: this.yaml.span(path),
        },
      ];
    }
  }

  evaluate(architecture: string | undefined): ImageRecipe {
    const { name, kind, summary, common } = this.value;
    const block = this.block(architecture) ?? {};
    return deepFreeze({
      name,
      kind,
      summary,
      file: this.yaml.file,
      program: block.program ?? common.program,
      files: [...(common.files ?? []), ...(block.files ?? [])].map(({ mode, ...rest }) => ({
        ...rest,
        ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }),
      })),
      memory: bytes(block.memory ?? common.memory ?? defaultMemory),
      arguments: splitWords(block.cmdline ?? common.cmdline ?? ''),
      expect: block.expect ?? common.expect,
    });
  }
}
