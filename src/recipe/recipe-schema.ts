/**
 * Recipes as they are written: the schema of each kind of recipe, from which the JSON schema for
 * editors is made too. Rules that need more than the one file are in `check.ts`.
 */
import { z } from 'zod';
import { defaultLimits, type WrittenLimits } from './written-limits.js';

/** How a build system's input is written: a list of words, or shell text. */
export type InputType = 'words' | 'text';

export interface InputDescription {
  type: InputType;
  summary: string;
}

/** The names that recipes may use as fields beyond the fixed ones. */
export interface Vocabulary {
  /** Each may head a block of differences. */
  architectures: readonly string[];
  /** Build systems by name, with their inputs, each of which is a field of the recipe. */
  systems: ReadonlyMap<string, Readonly<Record<string, InputDescription>>>;
}

const matching = (pattern: RegExp, error: string) => z.string().regex(pattern, { error });

/** For text that YAML may take for a number, which quotes alone do not mend. */
const matchingAlways = (pattern: RegExp, error: string) =>
  z.string({ error }).regex(pattern, { error });

export const nameSchema = matching(
  /^[a-z0-9][a-z0-9+.-]*$/,
  'a name has only lower-case letters, digits and + . -, and starts with a letter or digit',
);

/** Relative, and without `..`: names something inside of a tree that does not exist yet. */
const innerPath = matching(
  /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0\n]+$/,
  'expected a path inside of the tree: no / at its start, and no ..',
);

/** Relative to the recipe's file; `check.ts` sees to it that it stays inside of the tree. */
const recipePath = matching(
  /^(?!\/)[^\0\n]+$/,
  "expected a path relative to the recipe's file, without / at its start",
);

const words = z.array(z.string());
const debianName = matching(
  /^[a-z0-9][a-z0-9+.-]+$/,
  'this is no name of a Debian package: lower-case letters, digits and + . -',
);
const suite = matching(/^[a-z0-9][a-z0-9.-]*$/, 'this is no name of a suite, such as bookworm')
  .optional()
  .describe('The suite to take it from; the newest version of all suites wins otherwise.');

const sourceSchema = z
  .union([
    z.strictObject({
      debian: debianName.describe('A source package of the distro.'),
      suite,
    }),
    z.strictObject({
      'debian-binary': debianName.describe('A binary package of the distro, for data only.'),
      architecture: matching(
        /^[a-z0-9-]+$/,
        'this is no name of an architecture, such as amd64',
      ).describe("The package's architecture, as dpkg names it."),
      suite,
    }),
    z.strictObject({
      url: matching(
        /^https?:\/\/[^\s]+$/,
        'expected a URL that starts with https:// or http://',
      ).describe('An archive: .tar.gz, .tar.xz, .tar.bz2 or .tar.zst.'),
      sha256: matching(
        /^[0-9a-f]{64}$/,
        'expected a SHA-256 of 64 lower-case hexadecimal digits',
      ).describe("The archive's SHA-256."),
    }),
    z.strictObject({
      git: matching(
        /^(?:https?|git|ssh|file):\/\/[^\s]+$/,
        'expected the URL of a git repository',
      ).describe('The URL of a git repository.'),
      commit: matching(
        /^[0-9a-f]{40}$/,
        'expected a whole commit hash of 40 lower-case hexadecimal digits',
      ).describe('A whole commit hash.'),
    }),
    z.strictObject({
      local: recipePath.describe("A folder, relative to the recipe's file."),
    }),
  ])
  .describe('Where the source comes from; versions and hashes are in the lock file.');

const patchSchema = z.strictObject({
  file: recipePath.describe("The patch, relative to the recipe's file; applied with -p1."),
  reason: matching(/\S/, 'say what breaks without the patch').describe('What breaks without it.'),
});

const environmentSchema = z
  .record(
    matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 'this is no name of an environment variable'),
    matching(/^[^\0]*$/, 'an environment variable cannot hold a NUL'),
  )
  .describe('Environment variables for all phases. Values are taken as they are.');

const providesSchema = z
  .strictObject({
    pkgconfig: z.array(innerPath).describe('pkg-config modules, without .pc.').optional(),
    libraries: z.array(innerPath).describe('Archives in usr/lib, e.g. libz.a.').optional(),
    headers: z.array(innerPath).describe('Files below usr/include.').optional(),
    files: z.array(innerPath).describe('Any other files, e.g. usr/bin/hello.').optional(),
  })
  .describe('What it installs. Checked after the build: a missing one fails it.');

const size = matchingAlways(
  /^[1-9][0-9]*(?:KiB|MiB|GiB)$/,
  'expected a size with its unit, KiB, MiB or GiB, e.g. 64MiB',
);
const duration = matchingAlways(
  /^[1-9][0-9]*(?:s|min|h)$/,
  'expected a time with its unit, s, min or h, e.g. 90s',
);
const defaultText = (name: keyof typeof defaultLimits) => `default: ${defaultLimits[name]}`;

const limitsSchema = z
  .strictObject({
    memory: size.describe(`Of all its processes together; ${defaultText('memory')}.`),
    processes: z
      .int()
      .positive()
      .describe(`Processes and threads at once; ${defaultText('processes')}.`),
    time: duration.describe(`All phases together; ${defaultText('time')}.`),
    silence: duration.describe(`Without any output; ${defaultText('silence')}.`),
    disk: size.describe(`All files of its build; ${defaultText('disk')}.`),
    output: size.describe(`All that it prints; ${defaultText('output')}.`),
  })
  .partial()
  .describe('What its build may take of the machine; beyond that it is ended.');

/** Fields that may also stand in a block for one architecture. */
const varying = {
  source: sourceSchema.optional(),
  needs: z.array(nameSchema).describe('Recipes whose outputs it sees in its sysroot.').optional(),
  'build-tools': z
    .array(matching(/^[A-Za-z0-9_][A-Za-z0-9_+.-]*$/, 'expected the name of a command'))
    .describe("Commands of the build machine beyond the build system's own, e.g. bison.")
    .optional(),
  patches: z.array(patchSchema).describe('Our changes to the source, in order.').optional(),
  environment: environmentSchema.optional(),
  limits: limitsSchema.optional(),
  'build-memory': matchingAlways(
    /^[1-9][0-9]*(?:KiB|MiB|GiB)$/,
    'expected a size with its unit, KiB, MiB or GiB, e.g. 2GiB',
  )
    .describe(
      'The memory that its build needs at its peak, where that is much, e.g. 2GiB. Units that say so are not built side by side where the machine has too little.',
    )
    .optional(),
  provides: providesSchema.optional(),
};

const imageVarying = {
  program: z
    .strictObject({
      recipe: nameSchema.describe('The recipe that installs the program.'),
      file: innerPath.describe("The program's path in that recipe's output."),
    })
    .describe('The program that the image runs.')
    .optional(),
  files: z
    .array(
      z.strictObject({
        from: recipePath.describe(
          "A file or folder, relative to the recipe's file, or in the output of `recipe`.",
        ),
        to: matching(
          /^\/(?!(?:.*\/)?\.\.(?:\/|$))[^\0\n]*[^/\0\n]$/,
          'expected an absolute path as the guest sees it, e.g. /etc/motd',
        ).describe("An absolute path in the image's root file system."),
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
  memory: size.describe('The memory that a domain needs to run it, e.g. 64MiB.').optional(),
  cmdline: z
    .string()
    .describe("The program's default arguments, split into words as a shell would.")
    .optional(),
  expect: z
    .string()
    .describe(
      'A JavaScript regular expression that a line of the console must match for a boot to pass.',
    )
    .optional(),
};

const common = (vocabulary: Vocabulary) => ({
  name: nameSchema.describe("The recipe's name, which is also its file's, without .yaml."),
  summary: matching(/^\S[^\n]*$/, 'expected one line of text').describe('What it is, in one line.'),
  architectures: z
    .array(architectureName(vocabulary))
    .min(1, { error: 'name an architecture, or leave the field out' })
    .describe('The only architectures that it is for; all when absent.')
    .optional(),
});

function architectureName(vocabulary: Vocabulary): z.ZodType<string> {
  const [first, ...rest] = vocabulary.architectures;
  return first === undefined ? z.string() : z.enum([first, ...rest]);
}

const blockText = (name: string) =>
  `Differences for ${name}: lists are appended, maps are merged, all else is replaced.`;

function blocks(vocabulary: Vocabulary, fields: Record<string, z.ZodType>) {
  return Object.fromEntries(
    vocabulary.architectures.map((name) => [
      name,
      z.strictObject(fields).describe(blockText(name)).optional(),
    ]),
  );
}

function inputFields(inputs: Readonly<Record<string, InputDescription>>) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type, summary }]) => [
      name,
      (type === 'text' ? z.string() : words).describe(summary).optional(),
    ]),
  );
}

/** A recipe that `system` builds. */
export function builtRecipeSchema(vocabulary: Vocabulary, system: string) {
  const inputs = inputFields(vocabulary.systems.get(system) ?? {});
  return z.strictObject({
    ...common(vocabulary),
    kind: z
      .enum(['library', 'program', 'tool'])
      .default('library')
      .describe('tool: built for the build machine.'),
    ...varying,
    source: sourceSchema,
    build: z.literal(system).describe('The build system, a file in recipes/build-systems/.'),
    overlay: recipePath
      .describe(
        "A folder whose files are copied over the unpacked source, relative to the recipe's file.",
      )
      .optional(),
    bootstrap: z
      .boolean()
      .default(false)
      .describe('Part of a toolchain: built with the bare compiler.'),
    ...inputs,
    ...blocks(vocabulary, { ...varying, ...inputs }),
  });
}

/** A recipe of kind `image`. */
export function imageRecipeSchema(vocabulary: Vocabulary) {
  return z.strictObject({
    ...common(vocabulary),
    kind: z.literal('image'),
    ...imageVarying,
    program: imageVarying.program.unwrap(),
    ...blocks(vocabulary, imageVarying),
  });
}

/** Any recipe: what `stubforge schema` prints. */
export function recipeSchema(vocabulary: Vocabulary): z.ZodType {
  return z.union([
    imageRecipeSchema(vocabulary),
    ...[...vocabulary.systems.keys()].map((system) => builtRecipeSchema(vocabulary, system)),
  ]);
}

/** The fixed fields of any recipe, so that a build system cannot use their names for its inputs. */
export const reservedFields: readonly string[] = [
  ...Object.keys(builtRecipeSchema({ architectures: [], systems: new Map() }, '').shape),
  ...Object.keys(imageRecipeSchema({ architectures: [], systems: new Map() }).shape),
];

export type WrittenSource = z.output<typeof sourceSchema>;

/** What a recipe or its block for one architecture may say about building. */
export interface WrittenBuiltPart {
  source?: WrittenSource;
  needs?: string[];
  'build-tools'?: string[];
  patches?: { file: string; reason: string }[];
  environment?: Record<string, string>;
  limits?: WrittenLimits;
  'build-memory'?: string;
  provides?: { pkgconfig?: string[]; libraries?: string[]; headers?: string[]; files?: string[] };
}

/** What an image or its block for one architecture may say. */
export interface WrittenImagePart {
  program?: { recipe: string; file: string };
  files?: { from: string; to: string; recipe?: string; mode?: string }[];
  memory?: string;
  cmdline?: string;
  expect?: string;
}

interface WrittenCommon {
  name: string;
  summary: string;
  architectures?: string[];
}

/** A recipe as its schema gives it; inputs and blocks stand beside these under their own names. */
export interface WrittenBuilt extends WrittenCommon, WrittenBuiltPart {
  kind: 'library' | 'program' | 'tool';
  source: WrittenSource;
  build: string;
  overlay?: string;
  bootstrap: boolean;
}

export interface WrittenImage extends WrittenCommon, WrittenImagePart {
  kind: 'image';
  program: { recipe: string; file: string };
}
