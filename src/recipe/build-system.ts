/** Build systems: how a kind of source is configured, compiled and installed, as data. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Diagnostic } from '../util/diagnostic.js';
import { UserError } from '../util/diagnostic.js';
import type { MemoTable } from '../util/memo.js';
import { suggestion } from '../util/suggest.js';
import { checkWith, type FileKind } from '../yaml/check-schema.js';
import { readYamlFile, type YamlFile } from '../yaml/yaml-file.js';
import { distinct, nameSchema, summarySchema, wordsSchema } from './field-schemas.js';
import { expectedName, yamlFiles } from './find-recipes.js';
import type { InputDescription } from './kinds/written-recipe.js';
import { engineValues, fillScript, fillWord, placeholders } from './placeholders.js';
import type { BuiltRecipe } from './recipe.js';
import { checkWord } from './recipe-rules.js';

export interface BuildInput extends InputDescription {
  /** Words; shell text is a list of one. Used when the recipe does not give any. */
  default: readonly string[];
}

/** Which tool shares out the work of a phase; a phase that names none runs one job at a time. */
export type PhaseTool = 'make' | 'ninja';

export interface BuildSystem {
  name: string;
  summary: string;
  /** The YAML file, absolute. */
  file: string;
  /** Commands of the build machine that the phases run. */
  buildTools: readonly string[];
  /** The phases run in the source tree and not in an empty folder beside it. */
  inTree: boolean;
  inputs: Readonly<Record<string, BuildInput>>;
  phases: readonly { name: string; run: string; jobs?: PhaseTool }[];
}

const required = z
  .boolean()
  .default(false)
  .describe('Each recipe has to give it; there is no default.');

const inputSchema = z.union([
  z.strictObject({
    summary: summarySchema.describe('What the words are for.'),
    type: z.literal('words').default('words').describe('A list of words.'),
    default: wordsSchema.default([]).describe('Used when the recipe does not give it.'),
    required,
  }),
  z.strictObject({
    summary: summarySchema.describe('What the text is for.'),
    type: z.literal('text').describe('One piece of text, such as a script.'),
    default: z.string().optional().describe('Used when the recipe does not give it.'),
    required,
  }),
]);

export const buildSystemSchema = z.strictObject({
  name: nameSchema.describe("The build system's name, which is also its file's, without .yaml."),
  summary: summarySchema.describe('What it is for, in one line.'),
  'build-tools': distinct(
    z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_+.-]{0,99}$/, { error: 'expected the name of a command' }),
  )
    .default([])
    .describe('Commands of the build machine that the phases run.'),
  'in-tree': z
    .boolean()
    .default(false)
    .describe('The phases run in the source tree, because it cannot be built from outside.'),
  inputs: z
    .record(nameSchema, inputSchema)
    .default({})
    .describe('Fields that recipes with this build system have.'),
  phases: z
    .array(
      z.strictObject({
        name: nameSchema.describe('Shown while it runs and when it fails.'),
        run: z
          .string()
          .regex(/\S/, { error: 'a phase needs a script to run' })
          .describe('A POSIX shell script; {{name}} becomes quoted words.'),
        jobs: z
          .enum(['make', 'ninja'])
          .describe(
            'The tool that runs several jobs at once; it gets the job tokens, so it needs no -j.',
          )
          .optional(),
      }),
    )
    .min(1, { error: 'a build system needs at least one phase' })
    .describe('Run in this order; the first that fails ends the build.'),
});

/** How the files of build systems are reported on. */
export const buildSystemFile: FileKind = {
  area: 'build-system',
  renamedFields: { 'host-tools': 'build-tools' },
};

type WrittenInputs = z.output<typeof buildSystemSchema>['inputs'];

/** Reads and checks a build system's file; throws UserError with everything that is wrong with it. */
export function readBuildSystem(file: string, reservedFields: readonly string[] = []): BuildSystem {
  const yaml = readYamlFile(file);
  const { value, diagnostics } = checkWith(buildSystemSchema, buildSystemFile, yaml);
  if (!value) throw new UserError(diagnostics);
  const system: BuildSystem = {
    name: value.name,
    summary: value.summary,
    file,
    buildTools: value['build-tools'],
    inTree: value['in-tree'],
    inputs: Object.fromEntries(
      Object.entries(value.inputs).map(([name, input]) => [
        name,
        {
          summary: input.summary,
          type: input.type,
          required: input.required,
          default: input.type === 'words' ? input.default : [input.default ?? ''],
        },
      ]),
    ),
    phases: value.phases,
  };
  const found = [
    ...expectedName(yaml, value.name),
    ...reservedInputs(yaml, system, reservedFields),
    ...defaultDiagnostics(yaml, value.inputs),
    ...repeatedPhases(yaml, system),
    ...system.phases.flatMap((_phase, index) => phaseDiagnostics(yaml, system, index)),
  ];
  if (found.length > 0) throw new UserError(found);
  return system;
}

function reservedInputs(yaml: YamlFile, system: BuildSystem, reserved: readonly string[]) {
  return Object.keys(system.inputs)
    .filter((name) => reserved.includes(name) || name in engineValues)
    .map((name): Diagnostic => {
      const what = reserved.includes(name)
        ? 'a field of every recipe'
        : Object.hasOwn(engineValues, name)
          ? 'a value of the build'
          : 'a word of JavaScript, in which stubforge is written';
      return {
        id: 'recipe.reserved-name',
        message: `an input cannot be called '${name}': that is ${what}`,
        span: yaml.span(['inputs', name], 'key'),
        help: 'give it another name',
      };
    });
}

function defaultDiagnostics(yaml: YamlFile, inputs: WrittenInputs): Diagnostic[] {
  return Object.entries(inputs).flatMap(([name, input]) => {
    const path = ['inputs', name, 'default'];
    const words = input.type === 'words' ? input.default : [];
    return [
      ...words.flatMap((word, index) => checkWord(yaml, [...path, index], word)),
      ...(input.required && (input.default?.length ?? 0) > 0
        ? [
            {
              id: 'build-system.unused-default',
              message: `the input '${name}' is required, so its default is never used`,
              span: yaml.span(path, 'key'),
              help: "remove either 'required' or 'default'",
            },
          ]
        : []),
    ];
  });
}

/** `stubforge shell` writes each phase to a file of its name. */
function repeatedPhases(yaml: YamlFile, { phases }: BuildSystem): Diagnostic[] {
  return phases.flatMap(({ name }, index) =>
    phases.findIndex((each) => each.name === name) === index
      ? []
      : [
          {
            id: 'build-system.repeated-phase',
            message: `there are two phases '${name}'`,
            span: yaml.span(['phases', index, 'name']),
            help: 'rename one of them',
          },
        ],
  );
}

function phaseDiagnostics(yaml: YamlFile, system: BuildSystem, index: number): Diagnostic[] {
  const known = [...Object.keys(engineValues), ...Object.keys(system.inputs)];
  const seen = new Map<string, number>();
  const diagnostics: Diagnostic[] = [];
  const { run, jobs } = system.phases[index]!;
  const own = jobs && new RegExp(`^ *${jobs}\\b.* (-j\\S*)`, 'm').exec(run)?.[1];
  if (own) {
    diagnostics.push({
      id: 'build-system.own-jobs',
      message: `with ${own}, ${jobs} would ignore the job tokens of the run`,
      span: yaml.spanOfWords(['phases', index, 'run'], own),
      help: `remove it: a phase with 'jobs: ${jobs}' gets its job tokens from stubforge`,
    });
  }
  for (const each of placeholders(run)) {
    const occurrence = seen.get(each.text) ?? 0;
    seen.set(each.text, occurrence + 1);
    const span = () => yaml.spanOfWords(['phases', index, 'run'], each.text, occurrence);
    if (!known.includes(each.name)) {
      diagnostics.push({
        id: 'recipe.unknown-value',
        message: `there is no value '${each.name}'`,
        span: span(),
        help: suggestion(each.name, known, 'values'),
      });
    } else if (each.quoted) {
      diagnostics.push({
        id: 'build-system.quoted-value',
        message: `${each.text} is inside quotes, but is quoted already`,
        span: span(),
        help: `move it out of the quotes, e.g. into a variable: value=${each.text}`,
      });
    } else if (system.inputs[each.name]?.type === 'words' && !each.alone) {
      diagnostics.push({
        id: 'build-system.list-in-word',
        message: `${each.text} is a list of words and cannot be part of another word`,
        span: span(),
        help: 'put blanks around it',
      });
    }
  }
  return diagnostics;
}

/**
 * The phases of a recipe as shell scripts. `values` are the engine's (`engineValues` lists them); those
 * that are missing are empty.
 */
export function expandPhases(
  system: BuildSystem,
  recipe: Pick<BuiltRecipe, 'inputs'>,
  values: Readonly<Record<string, string>>,
): { name: string; script: string; jobs?: PhaseTool }[] {
  const engine = Object.fromEntries(
    Object.keys(engineValues).map((name) => [name, values[name] ?? '']),
  );
  const inputs = Object.fromEntries(
    Object.entries(system.inputs).map(([name, input]) => {
      const words = recipe.inputs[name] ?? input.default;
      if (input.type === 'text') return [name, words[0] ?? ''];
      return [name, words.map((word) => fillWord(word, engine))];
    }),
  );
  return system.phases.map(({ name, run, jobs }) => ({
    name,
    jobs,
    script: fillScript(run, { ...engine, ...inputs }),
  }));
}

export interface BuildSystemIndex {
  systems: ReadonlyMap<string, BuildSystem>;
  /** What is wrong with the files that cannot be used, by the names that they would have. */
  broken: ReadonlyMap<string, Diagnostic[]>;
  /** All files that were read. */
  files: readonly string[];
}

/**
 * Reads all build systems of the given recipe folders; one in an earlier folder hides one of the same
 * name in a later folder. Valid ones are kept in `kept`, and taken from it as long as their files have
 * not changed.
 */
export function readBuildSystems(
  recipeDirs: readonly string[],
  reservedFields: readonly string[],
  kept?: MemoTable<BuildSystem>,
): BuildSystemIndex {
  const systems = new Map<string, BuildSystem>();
  const broken = new Map<string, Diagnostic[]>();
  const files: string[] = [];
  for (const dir of recipeDirs.map((each) => join(each, 'build-systems'))) {
    for (const { name, file } of yamlFiles(dir)) {
      if (systems.has(name) || broken.has(name)) continue;
      files.push(file);
      const started = Date.now();
      try {
        let system = kept?.get(file);
        if (!system) {
          system = readBuildSystem(file, reservedFields);
          kept?.set(file, system, started);
        }
        systems.set(name, system);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        broken.set(name, error.diagnostics);
      }
    }
  }
  return { systems, broken, files };
}
