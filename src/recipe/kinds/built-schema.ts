/** The fields of recipes that a build system builds. */
import { z } from 'zod';
import {
  distinct,
  innerPath,
  matching,
  nameSchema,
  recipePath,
  sizeSchema,
  textSchema,
  wordsSchema,
} from '../field-schemas.js';
import { builtKinds } from '../recipe.js';
import { limitsSchema } from '../written-limits.js';
import { sourceSchema } from './source-schema.js';
import { fileSchema, headSchemas, type Vocabulary } from './written-recipe.js';

const patchSchema = z.strictObject({
  file: recipePath.describe("The patch, relative to the recipe's file; applied with -p1."),
  reason: matching(/\S/, 'the reason is empty: say what breaks without the patch').describe(
    'What breaks without it.',
  ),
});

const environmentSchema = z
  .record(
    matching(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'not a valid name for an environment variable'),
    z.string(),
  )
  .describe('Environment variables for all phases. Values are taken as they are.');

const providesSchema = z
  .strictObject({
    pkgconfig: distinct(innerPath).describe('pkg-config modules, without .pc.').optional(),
    libraries: distinct(innerPath).describe('Archives in usr/lib, e.g. libz.a.').optional(),
    headers: distinct(innerPath).describe('Files below usr/include.').optional(),
    files: distinct(innerPath).describe('Any other files, e.g. usr/bin/hello.').optional(),
  })
  .describe('What it installs. Checked after the build: a missing one fails it.');

/** Fields that a block for one architecture may also have. */
const fields = {
  source: sourceSchema.optional(),
  needs: distinct(nameSchema).describe('Recipes whose outputs it sees in its sysroot.').optional(),
  'build-tools': distinct(
    matching(/^[A-Za-z0-9_][A-Za-z0-9_+.-]{0,99}$/, 'expected the name of a command'),
  )
    .describe("Commands of the build machine beyond the build system's own, e.g. bison.")
    .optional(),
  patches: distinct(patchSchema).describe('Our changes to the source, in order.').optional(),
  environment: environmentSchema.optional(),
  limits: limitsSchema.optional(),
  'build-memory': sizeSchema
    .describe(
      'The memory that its build needs at its peak, where that is much, e.g. 2GiB. Units that say so are not built side by side where the machine has too little.',
    )
    .optional(),
  provides: providesSchema.optional(),
};

const buildText = 'The build system, a file in recipes/build-systems/.';

const head = {
  kind: z.enum(builtKinds).default('library').describe('tool: built for the build machine.'),
  build: nameSchema.describe(buildText),
  overlay: recipePath
    .describe(
      "A folder whose files are copied over the unpacked source, relative to the recipe's file.",
    )
    .optional(),
  bootstrap: z
    .boolean()
    .default(false)
    .describe('Part of a toolchain: built with the bare compiler.'),
};

/** Text is a list of one. */
const inputs = z.record(z.string(), z.array(z.string()));
const partSchema = z.object({ ...fields, inputs });
/** The fields of a recipe, or of its block for one architecture. */
export type BuiltPart = z.output<typeof partSchema>;

const writtenSchema = z.object({
  ...headSchemas,
  ...head,
  common: partSchema.extend({ source: sourceSchema }),
  blocks: z.record(z.string(), partSchema),
});
export type WrittenBuiltValue = z.output<typeof writtenSchema>;

/** The schema of recipes for the build system of that name; for all build systems where it is empty. */
export function builtSchema(vocabulary: Vocabulary, system: string) {
  const inputs = Object.entries(vocabulary.systems.get(system) ?? {}).map(
    ([name, { type, summary, required }]) => ({
      name,
      required,
      field: (type === 'text' ? textSchema : wordsSchema).describe(summary),
    }),
  );
  const optional = inputs.map(({ name, field }) => [name, field.optional()]);
  const needed = inputs.flatMap(({ name, field, required }) => (required ? [[name, field]] : []));
  return fileSchema({
    vocabulary,
    // Without a name any build system is allowed.
    head: system === '' ? head : { ...head, build: z.literal(system).describe(buildText) },
    common: {
      ...fields,
      source: sourceSchema,
      ...Object.fromEntries([...optional, ...needed]),
    },
    block: { ...fields, ...Object.fromEntries(optional) },
    part: (file) => ({
      ...file,
      inputs: inputsOf(
        file,
        inputs.map(({ name }) => name),
      ),
    }),
    written: writtenSchema,
  });
}

function inputsOf(file: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(
    names
      .filter((name) => file[name] !== undefined)
      .map((name) => [name, Array.isArray(file[name]) ? file[name] : [file[name]]]),
  );
}

/** The fixed fields. */
export const builtFields = [...Object.keys(head), ...Object.keys(fields)];
