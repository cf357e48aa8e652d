import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { UnitName } from '../events.js';
import { systemPath } from '../host/tools.js';
import type { Unit } from '../plan/unit.js';
import { expandPhases } from '../recipe/build-system.js';
import { TreeConflict } from '../store/tree.js';
import { unitEnvironment } from '../toolchain/environment.js';
import { UserError } from '../util/problem.js';
import type { Engine } from './engine.js';
import { ensurePrefix } from './toolchain.js';
import type { Workspace } from './workspace.js';

/** What a phase is run with; `stubforge shell` opens the same. */
export interface UnitSurroundings {
  workspace: Workspace;
  environment: Record<string, string>;
  phases: readonly { name: string; script: string }[];
  /** The working folder of the phases. */
  directory: string;
}

export interface UnitBuildOptions {
  /** How many jobs one phase may run. */
  jobs: number;
  /** The output (content hash) of each unit that this one can see. */
  outputOf: (unit: UnitName) => string;
}

/** Composes sysroot, environment and phase scripts. The source must be in the workspace. */
export async function surround(
  engine: Engine,
  unit: Unit,
  workspace: Workspace,
  options: UnitBuildOptions,
  date: number,
): Promise<UnitSurroundings> {
  const { recipe } = unit;
  for (const folder of [workspace.build, workspace.dest, workspace.home, workspace.sysroot]) {
    await mkdir(folder, { recursive: true });
  }
  for (const name of [...unit.toolchainUnits, ...unit.sees]) {
    if (name.endsWith(':native') && unit.toolchain) continue;
    try {
      await engine.store.materialize(options.outputOf(name), workspace.sysroot);
    } catch (error) {
      if (!(error instanceof TreeConflict)) throw error;
      throw new UserError({
        message: `the sysroot of ${unit.name} cannot hold ${name}: another of its needs also installs ${error.path}`,
        place: { file: recipe.file, field: 'needs' },
        remedy: 'keep one of the two from installing it',
      });
    }
  }
  const environment: Record<string, string> = {
    PATH: systemPath.join(':'),
    HOME: workspace.home,
    TMPDIR: workspace.home,
    LC_ALL: 'C',
    TZ: 'UTC',
    SHELL: '/bin/sh',
    TERM: 'dumb',
    SOURCE_DATE_EPOCH: String(date),
  };
  const values: Record<string, string> = {
    source: workspace.source,
    build: workspace.build,
    dest: workspace.dest,
    sysroot: workspace.sysroot,
    prefix: '/usr',
    jobs: String(options.jobs),
    'recipe-dir': dirname(recipe.file),
    architecture: unit.architecture,
    'build-triple': `${buildCpu()}-pc-linux-gnu`,
    triple: '',
  };
  if (unit.toolchain) {
    const { description, architecture } = unit.toolchain;
    const prefix = await ensurePrefix(
      engine,
      description,
      architecture,
      unit.toolchainUnits.map(options.outputOf),
    );
    const target = unitEnvironment(description, architecture, {
      prefix,
      sysroot: workspace.sysroot,
      // Debug information and __FILE__ name these folders; they must not tell where it was built.
      prefixMap: {
        [workspace.source]: `/build/${recipe.name}`,
        [workspace.build]: `/build/${recipe.name}/build`,
        [workspace.sysroot]: '/sysroot',
        [prefix]: '/toolchain',
      },
    });
    Object.assign(environment, target.environment);
    Object.assign(values, target.values);
  } else {
    environment.CC = 'gcc';
  }
  Object.assign(environment, recipe.environment);
  return {
    workspace,
    environment,
    phases: expandPhases(unit.buildSystem!, recipe, values),
    directory: unit.buildSystem!.inTree ? workspace.source : workspace.build,
  };
}

function buildCpu(): string {
  return process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch;
}
