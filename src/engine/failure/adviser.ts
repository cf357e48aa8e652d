/** Finds who could bring what a failed unit did not find, and the line of its recipe to write. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatUnit } from '../../events/unit-id.js';
import { hasCommand, toolWithCommand } from '../../machine/build-tools.js';
import { developmentFolders, multiarch, packageWith } from '../../machine/development-files.js';
import type { BuiltUnit } from '../../plan/unit.js';
import { type BuiltRecipe, isBuilt, type Recipe } from '../../recipe/recipe.js';
import { UserError } from '../../util/diagnostic.js';
import { interpreterIn } from '../../util/shebang.js';
import type { BuildSite } from '../engine.js';
import type { BuildPaths } from '../environment/build-paths.js';
import type { Workspace } from '../unit/workspace.js';

/** What a build can lack: each kind is declared in another way. */
export type LackKind = 'command' | 'header' | 'library' | 'pkgconfig';

export interface Advice {
  cause: string;
  help: string;
  /** The recipe's field that has to change. */
  field?: string;
}

/** Gives advice on what is missing, or undefined where nobody here has it. */
export type Adviser = (kind: LackKind, name: string) => Promise<Advice | undefined>;

/** The adviser for one unit's build. */
export function adviserFor(
  site: BuildSite,
  unit: BuiltUnit,
  workspace: Workspace,
  paths: BuildPaths,
): Adviser {
  return async (kind, name) => {
    if (kind === 'command') return commandAdvice(unit, interpreterOf(name, workspace, paths));
    if (!unit.toolchain) return packageAdvice(unit, kind, name);
    const recipe = await whoBrings(site, unit, kind, name);
    if (recipe === undefined) return undefined;
    return {
      cause: `the ${nouns[kind]} ${name} is of the recipe ${recipe}, which ${unit.name} does not declare`,
      help: `write in its recipe: \`needs: [${[...unit.recipe.needs, recipe].join(', ')}]\``,
      field: 'needs',
    };
  };
}

const nouns = { header: 'header', library: 'library', pkgconfig: 'pkg-config module' } as const;

/** What is built for the build machine takes its libraries from the machine's packages. */
async function packageAdvice(
  unit: BuiltUnit,
  kind: keyof typeof nouns,
  name: string,
): Promise<Advice | undefined> {
  const file = { header: name, library: `lib${name}.so`, pkgconfig: `${name}.pc` }[kind];
  const folders =
    kind === 'header'
      ? ['/usr/include', `/usr/include/${multiarch}`]
      : kind === 'library'
        ? [`/usr/lib/${multiarch}`, '/usr/lib']
        : developmentFolders.filter((folder) => folder.endsWith('/pkgconfig'));
  const found = await packageWith(folders.map((folder) => join(folder, file)));
  const { buildTools } = unit.recipe;
  if (found === undefined || buildTools.includes(found)) return undefined;
  return {
    cause: `the ${nouns[kind]} ${name} is of the package ${found}, which ${unit.name} does not declare`,
    help: `write in its recipe: \`build-tools: [${[...buildTools, found].join(', ')}]\``,
    field: 'build-tools',
  };
}

function commandAdvice(unit: BuiltUnit, command: string): Advice | undefined {
  const { buildTools } = unit.recipe;
  const tool = toolWithCommand(command);
  if (buildTools.includes(tool)) return undefined;
  // A compiler for the build machine is of no use without headers and start files.
  const tools = tool === 'gcc' ? [tool, 'libc6-dev'] : [tool];
  const line = `write in its recipe: \`build-tools: [${[...new Set([...buildTools, ...tools])].join(', ')}]\``;
  if (hasCommand(command)) {
    return {
      cause: `${unit.name} uses the command ${command}, which it does not declare`,
      help: line,
      field: 'build-tools',
    };
  }
  return {
    cause: `${unit.name} uses the command ${command}, which is neither declared nor on this machine`,
    help: `${line}, and install what brings it: \`stubforge setup\``,
    field: 'build-tools',
  };
}

/** A shell says that a script is not found when it is the interpreter in its first line that is not. */
function interpreterOf(command: string, workspace: Workspace, paths: BuildPaths): string {
  if (!command.includes('/')) return command;
  const candidates = command.startsWith(`${paths.root}/`)
    ? [join(workspace.root, command.slice(paths.root.length))]
    : [workspace.source, workspace.build].map((folder) => join(folder, command));
  const file = candidates.find((each) => existsSync(each));
  if (file === undefined) return basename(command);
  return interpreterIn(readFileSync(file, 'latin1').slice(0, 256)) ?? basename(command);
}

/** The recipe whose provides, or whose newest output, hold the file; none that the unit sees already. */
async function whoBrings(
  site: BuildSite,
  unit: BuiltUnit,
  kind: keyof typeof nouns,
  name: string,
): Promise<string | undefined> {
  const { catalogue, store } = site;
  if (!catalogue) return undefined;
  const { recipes } = catalogue;
  for (const candidate of recipes.names) {
    const other = formatUnit({ recipe: candidate, architecture: unit.architecture });
    if (other === unit.name || unit.sees.includes(other)) continue;
    let recipe: Recipe;
    try {
      recipe = recipes.evaluate(candidate, unit.architecture);
    } catch (error) {
      if (error instanceof UserError) continue;
      throw error;
    }
    if (!isBuilt(recipe) || recipe.bootstrap || recipe.kind === 'tool') continue;
    if (promises(recipe, kind, name)) return candidate;
    const record = await store.latest(other);
    const output = record && store.outputDirectory(record.output);
    if (output && paths(kind, name).some((path) => existsSync(join(output, path)))) {
      return candidate;
    }
  }
  return undefined;
}

/** Headers may be promised with the folder that pkg-config adds, e.g. `glib-2.0/glib.h`. */
function promises({ provides }: BuiltRecipe, kind: keyof typeof nouns, name: string): boolean {
  switch (kind) {
    case 'header':
      return provides.headers.some((header) => header === name || header.endsWith(`/${name}`));
    case 'library':
      return provides.libraries.includes(`lib${name}.a`);
    case 'pkgconfig':
      return provides.pkgconfig.includes(name);
  }
}

function paths(kind: keyof typeof nouns, name: string): string[] {
  switch (kind) {
    case 'header':
      return [join('usr/include', name)];
    case 'library':
      return [`usr/lib/lib${name}.a`];
    case 'pkgconfig':
      return ['lib', 'share'].map((folder) => `usr/${folder}/pkgconfig/${name}.pc`);
  }
}
