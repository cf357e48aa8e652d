import { join } from 'node:path';
import type { UnitName } from '../../events/event.js';
import { NATIVE, parseUnit } from '../../events/unit-id.js';
import { systemPath } from '../../machine/build-tools.js';
import type { BuiltUnit } from '../../plan/unit.js';
import { expandPhases, type PhaseTool } from '../../recipe/build-system.js';
import type { Mount, View } from '../../sandbox/sandbox.js';
import { TreeConflict } from '../../store/tree.js';
import { UserError } from '../../util/diagnostic.js';
import type { BuildSite } from '../engine.js';
import { makeFolders, type Workspace } from '../unit/workspace.js';
import { type BuildPaths, prefixMap, realPaths, sandboxPaths, viewOf } from './build-paths.js';

/** What a phase is run with; `stubforge shell` opens the same. */
export interface BuildEnvironment {
  workspace: Workspace;
  /** The folders as the commands of the build name them. */
  paths: BuildPaths;
  /** Absent without a sandbox. */
  view?: View;
  environment: Record<string, string>;
  phases: readonly { name: string; script: string; jobs?: PhaseTool }[];
  /** The working folder of the phases. */
  directory: string;
}

export interface UnitBuildOptions {
  /** How many jobs one phase may run. */
  jobs: number;
  /** The output (content hash) of each unit that this one can see. */
  outputOf: (unit: UnitName) => string;
  /** What differs from a usual build of the unit, to see that its output does not. */
  variation?: Variation;
}

/** Another environment, which must give the same output. */
export interface Variation {
  /** The folders as the commands name them; the usual ones when absent. */
  paths?: BuildPaths;
  /** Instead of the usual variables; the recipe's own win. */
  environment: Readonly<Record<string, string>>;
  identity: View['identity'];
  /** A library that is preloaded into all programs, and where a sandbox shows it. */
  preload?: Mount;
}

/** Composes sysroot, environment and phase scripts. The source must be in the workspace. */
export async function composeEnvironment(
  site: BuildSite,
  unit: BuiltUnit,
  workspace: Workspace,
  options: UnitBuildOptions,
  date: number,
): Promise<BuildEnvironment> {
  await fillFolders(site, unit, workspace, options);
  const prefix = unit.toolchain
    ? await site.environments.prefix(
        site.store,
        unit.toolchain,
        unit.prefixUnits.map(options.outputOf),
      )
    : '';
  const answers = unit.answersUnit
    ? site.store.outputDirectory(options.outputOf(unit.answersUnit))
    : '';
  const sandboxed = site.sandbox !== 'none';
  const usual = sandboxPaths(unit.recipe.name);
  const { variation } = options;
  const paths = sandboxed
    ? (variation?.paths ?? usual)
    : realPaths(unit, workspace, prefix, answers);
  return {
    workspace,
    paths,
    view: sandboxed
      ? varyView(await viewOf(site, unit, workspace, prefix, answers, paths), variation)
      : undefined,
    ...commandsOfUnit(unit, paths, {
      date,
      jobs: String(options.jobs),
      // Debug information and __FILE__ name these folders; they must not tell where it was built.
      prefixMap: !sandboxed
        ? prefixMap(unit, workspace, prefix)
        : paths === usual
          ? {}
          : prefixMap(unit, paths, paths.prefix),
      environment: variation && {
        ...variation.environment,
        ...(variation.preload && { LD_PRELOAD: variation.preload[sandboxed ? 'at' : 'from'] }),
      },
    }),
  };
}

function varyView(view: View, variation: Variation | undefined): View {
  const { identity, preload } = variation ?? {};
  return { ...view, identity, mounts: [...view.mounts, ...(preload ? [preload] : [])] };
}

export interface CommandOptions {
  /** SOURCE_DATE_EPOCH in seconds. */
  date: number;
  jobs: string;
  /** Folders that outputs must not name, each with what they name instead. */
  prefixMap: Readonly<Record<string, string>>;
  /** Instead of the usual variables. */
  environment?: Readonly<Record<string, string>>;
}

/** What a unit's phases are, for folders that need not exist. Reads and writes nothing. */
export function commandsOfUnit(
  unit: BuiltUnit,
  paths: BuildPaths,
  options: CommandOptions,
): Pick<BuildEnvironment, 'environment' | 'phases' | 'directory'> {
  const { recipe } = unit;
  const environment: Record<string, string> = {
    PATH: systemPath.join(':'),
    HOME: paths.home,
    TMPDIR: paths.home,
    LC_ALL: 'C',
    TZ: 'UTC',
    SHELL: '/bin/sh',
    TERM: 'dumb',
    SOURCE_DATE_EPOCH: String(options.date),
  };
  const values: Record<string, string> = {
    source: paths.source,
    build: paths.build,
    dest: paths.dest,
    sysroot: paths.sysroot,
    prefix: '/usr',
    jobs: options.jobs,
    'recipe-dir': paths.recipe,
    architecture: unit.architecture,
    'build-triple': `${buildCpu()}-pc-linux-gnu`,
    triple: '',
  };
  if (unit.toolchain) {
    const target = unit.toolchain.environment({
      prefix: paths.prefix,
      sysroot: paths.sysroot,
      answers: unit.answersUnit && paths.answers,
      prefixMap: options.prefixMap,
    });
    Object.assign(environment, target.environment);
    Object.assign(values, target.values);
  } else {
    environment.CC = 'gcc';
  }
  environment.PATH = `${join(paths.tools, 'usr/bin')}:${environment.PATH}`;
  Object.assign(environment, options.environment, recipe.environment);
  return {
    environment,
    phases: expandPhases(unit.buildSystem, recipe, values),
    directory: unit.buildSystem.inTree ? paths.source : paths.build,
  };
}

/** Makes the folders of a build, and puts the outputs that it may see into sysroot and tools. */
async function fillFolders(
  site: BuildSite,
  unit: BuiltUnit,
  workspace: Workspace,
  options: UnitBuildOptions,
): Promise<void> {
  const { sysroot, tools } = workspace;
  await makeFolders(workspace);
  for (const name of [...unit.toolchainUnits, ...unit.sees]) {
    const native = parseUnit(name).architecture === NATIVE;
    try {
      await site.store.materialize(options.outputOf(name), native ? tools : sysroot);
    } catch (error) {
      if (!(error instanceof TreeConflict)) throw error;
      throw new UserError({
        id: 'unit.conflicting-needs',
        message: `${unit.name} cannot have ${name} in its sysroot: another of its needs installs ${error.path}, too`,
        span: { file: unit.recipe.file, field: 'needs' },
        help: 'keep one of the two from installing it',
      });
    }
  }
}

function buildCpu(): string {
  return process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch;
}
