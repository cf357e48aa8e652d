/** Build systems: how a kind of source is configured, compiled and installed, as data. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Diagnostic } from '../util/diagnostic.js';
import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import { checkWith, readYamlFile, type YamlFile } from '../yaml/yaml-file.js';
import { engineValues, fillScript, fillWord, placeholders } from './placeholders.js';
import type { BuiltRecipe } from './recipe.js';
import { expectedName, yamlFiles } from './recipe-names.js';
import { type InputDescription, nameSchema } from './recipe-schema.js';

export interface BuildInput extends InputDescription {
  /** Words; shell text is a list of one. Taken when the recipe does not say. */
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

const oneLine = z.string().regex(/^\S[^\n]*$/, { error: 'expected one line of text' });

const inputSchema = z.union([
  z.strictObject({
    summary: oneLine.describe('What the words are for.'),
    type: z.literal('words').default('words').describe('A list of words.'),
    default: z.array(z.string()).default([]).describe('Taken when the recipe does not say.'),
  }),
  z.strictObject({
    summary: oneLine.describe('What the text is for.'),
    type: z.literal('text').describe('One piece of text, such as a script.'),
    default: z.string().optional().describe('Taken when the recipe does not say.'),
  }),
]);

export const buildSystemSchema = z.strictObject({
  name: nameSchema.describe("The build system's name, which is also its file's, without .yaml."),
  summary: oneLine.describe('What it is for, in one line.'),
  'build-tools': z
    .array(z.string().min(1))
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
          .min(1, { error: 'a phase needs something to run' })
          .describe('A POSIX shell script; {{name}} becomes quoted words.'),
        jobs: z
          .enum(['make', 'ninja'])
          .describe(
            'The tool that runs several jobs at once; it gets the tokens, so that it needs no -j.',
          )
          .optional(),
      }),
    )
    .min(1, { error: 'a build system needs a phase' })
    .describe('Run in this order; the first that fails ends the build.'),
});

/** Reads and checks a build system's file; throws UserError with all of its problems. */
export function readBuildSystem(file: string, reservedFields: readonly string[] = []): BuildSystem {
  const yaml = readYamlFile(file);
  const { value, diagnostics } = checkWith(buildSystemSchema, yaml);
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
          default: input.type === 'words' ? input.default : [input.default ?? ''],
        },
      ]),
    ),
    phases: value.phases,
  };
  const found = [
    ...expectedName(yaml, value.name),
    ...reservedInputs(yaml, system, reservedFields),
    ...system.phases.flatMap((_phase, index) => phaseDiagnostics(yaml, system, index)),
  ];
  if (found.length > 0) throw new UserError(found);
  return system;
}

function reservedInputs(yaml: YamlFile, system: BuildSystem, reserved: readonly string[]) {
  return Object.keys(system.inputs)
    .filter((name) => reserved.includes(name) || Object.hasOwn(engineValues, name))
    .map((name): Diagnostic => {
      const what = reserved.includes(name) ? 'a field of every recipe' : 'a value of the build';
      return {
        message: `an input cannot be called '${name}': that is ${what}`,
        span: yaml.span(['inputs', name], 'key'),
        help: 'give it another name',
      };
    });
}

function phaseDiagnostics(yaml: YamlFile, system: BuildSystem, index: number): Diagnostic[] {
  const known = [...Object.keys(engineValues), ...Object.keys(system.inputs)];
  const seen = new Map<string, number>();
  const diagnostics: Diagnostic[] = [];
  const { run, jobs } = system.phases[index]!;
  const own = jobs && new RegExp(`^ *${jobs}\\b.* (-j\\S*)`, 'm').exec(run)?.[1];
  if (own) {
    diagnostics.push({
      message: `with ${own}, ${jobs} would take no notice of the job tokens of the run`,
      span: yaml.spanOfWords(['phases', index, 'run'], own),
      help: `leave it out: a phase with jobs: ${jobs} gets its jobs by itself`,
    });
  }
  for (const each of placeholders(run)) {
    const occurrence = seen.get(each.text) ?? 0;
    seen.set(each.text, occurrence + 1);
    const span = () => yaml.spanOfWords(['phases', index, 'run'], each.text, occurrence);
    if (!known.includes(each.name)) {
      diagnostics.push({
        message: `there is no value '${each.name}'`,
        span: span(),
        help: suggestion(each.name, known, 'values'),
      });
    } else if (each.quoted) {
      diagnostics.push({
        message: `${each.text} stands inside of quotes, and is quoted already`,
        span: span(),
        help: `take it out of the quotes, e.g. by a variable: value=${each.text}`,
      });
    } else if (system.inputs[each.name]?.type === 'words' && !each.alone) {
      diagnostics.push({
        message: `${each.text} is a list of words and has to stand by itself`,
        span: span(),
        help: 'put blanks around it',
      });
    }
  }
  return diagnostics;
}

/**
 * The phases of a recipe as shell scripts. `values` are the engine's (`engineValues` lists them);
 * what it leaves out is empty.
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
  /** The problems of files that cannot be used, by the name that they would have. */
  broken: ReadonlyMap<string, Diagnostic[]>;
  /** All files that were read. */
  files: readonly string[];
}

/** Reads all build systems of the given recipe folders; an earlier folder's hides a later one's. */
export function readBuildSystems(
  recipeDirs: readonly string[],
  reservedFields: readonly string[],
): BuildSystemIndex {
  const systems = new Map<string, BuildSystem>();
  const broken = new Map<string, Diagnostic[]>();
  const files: string[] = [];
  for (const dir of recipeDirs.map((each) => join(each, 'build-systems'))) {
    for (const { name, file } of yamlFiles(dir)) {
      if (systems.has(name) || broken.has(name)) continue;
      files.push(file);
      try {
        systems.set(name, readBuildSystem(file, reservedFields));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        broken.set(name, error.diagnostics);
      }
    }
  }
  return { systems, broken, files };
}
