import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { UnitName } from '../events.js';
import { systemsOf } from '../gnuconfig/system.js';
import { describeTaught, teachTree } from '../gnuconfig/teach.js';
import { systemPath } from '../host/tools.js';
import type { Unit } from '../plan/unit.js';
import { expandPhases } from '../recipe/build-system.js';
import { unpackSource } from '../source/unpack.js';
import { linkTree, TreeConflict } from '../store/tree.js';
import { unitEnvironment } from '../toolchain/environment.js';
import { type Problem, UserError } from '../util/problem.js';
import type { Engine } from './engine.js';
import { explainFailure } from './failure.js';
import { runCommand } from './process.js';
import { ensurePrefix } from './toolchain.js';
import { type Workspace, workspaceOf } from './workspace.js';
import { checkYields, pruneOutput } from './yields.js';

/** A unit's build failed: which phase, and the report. */
export class UnitFailure extends Error {
  constructor(
    readonly phase: string,
    readonly problem: Problem,
  ) {
    super(problem.message);
  }
}

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

/**
 * Builds one unit in a fresh workspace. Resolves to the folder with what it installed, which the
 * caller takes over. Throws UnitFailure, and leaves workspace and log behind then.
 */
export async function buildUnit(
  engine: Engine,
  unit: Unit,
  options: UnitBuildOptions,
): Promise<string> {
  const workspace = workspaceOf(engine.project, unit.name);
  await removeTree(workspace.root);
  await mkdir(dirname(workspace.log), { recursive: true });
  const log = createWriteStream(workspace.log);
  let phase = 'prepare';
  const enter = (name: string) => {
    phase = name;
    log.write(`=== ${unit.name}: ${name}\n`);
    engine.emit({ type: 'phase-start', unit: unit.name, phase: name });
  };
  try {
    if (unit.recipe.kind === 'image') {
      enter('pack');
      await mkdir(workspace.dest, { recursive: true });
      await engine.packImage({
        unit,
        dest: workspace.dest,
        outputOf: (recipe) =>
          engine.store.outputDirectory(
            options.outputOf(unit.needs.find((need) => need.startsWith(`${recipe}:`))!),
          ),
        log: (line) => log.write(`${line}\n`),
        signal: engine.signal,
      });
    } else {
      const date = await prepareSource(engine, unit, workspace, log, enter);
      const surroundings = await surround(engine, unit, workspace, options, date);
      for (const each of surroundings.phases) {
        enter(each.name);
        await runPhase(engine, unit, surroundings, each, log);
      }
    }
    enter('check');
    await pruneOutput(workspace.dest);
    checkYields(unit.recipe, workspace.dest);
    return workspace.dest;
  } catch (error) {
    if (error instanceof UnitFailure) throw error;
    if (error instanceof UserError) {
      for (const problem of error.problems) log.write(`error: ${problem.message}\n`);
      throw new UnitFailure(phase, error.problems[0]!);
    }
    throw error;
  } finally {
    await new Promise<void>((resolve) => log.end(resolve));
  }
}

/** Unpacks, overlays, patches and teaches config.sub. Gives SOURCE_DATE_EPOCH in seconds. */
async function prepareSource(
  engine: Engine,
  unit: Unit,
  workspace: Workspace,
  log: WriteStream,
  enter: (phase: string) => void,
): Promise<number> {
  const { recipe } = unit;
  enter('unpack');
  await mkdir(workspace.root, { recursive: true });
  const { date } = await unpackSource(
    engine.project,
    recipe.source!,
    engine.lock,
    workspace.source,
    engine,
  );
  if (recipe.overlay) await cp(recipe.overlay, workspace.source, { recursive: true });
  if (recipe.patches.length > 0) {
    enter('patch');
    for (const patch of recipe.patches) {
      const lines: string[] = [];
      const outcome = await runCommand(
        ['patch', '-p1', '--batch', '--forward', '--no-backup-if-mismatch', '-i', patch.file],
        {
          cwd: workspace.source,
          environment: { PATH: systemPath.join(':'), LC_ALL: 'C' },
          log,
          onLine: (line) => lines.push(line),
          signal: engine.signal,
        },
      );
      if (outcome.ended !== 'exit' || outcome.code !== 0) {
        const problem = explainFailure({ phase: 'patch', ending: `patch ${patch.file}`, lines });
        throw new UnitFailure('patch', problem);
      }
    }
  }
  if (unit.toolchain) {
    enter('config.sub');
    const taught = await teachTree(workspace.source, systemsOf([unit.toolchain.description]), {
      signal: engine.signal,
    });
    for (const line of describeTaught(taught)) log.write(`${line}\n`);
  }
  // Sources without a date of their own all get the same one, long past.
  const epoch = date ?? 946684800;
  await writeFile(join(workspace.root, 'source-date'), `${epoch}\n`);
  return epoch;
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
      await linkTree(engine.store.outputDirectory(options.outputOf(name)), workspace.sysroot);
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

async function runPhase(
  engine: Engine,
  unit: Unit,
  surroundings: UnitSurroundings,
  phase: { name: string; script: string },
  log: WriteStream,
): Promise<void> {
  const lines: string[] = [];
  log.write(`${phase.script.trimEnd().replace(/^/gm, '$ ')}\n`);
  const outcome = await runCommand(['/bin/sh', '-euc', phase.script], {
    cwd: surroundings.directory,
    environment: surroundings.environment,
    log,
    onLine: (line) => {
      // The report needs the first error and the last lines, not a gigabyte of them.
      if (lines.length < 50_000) lines.push(line);
      engine.emit({ type: 'phase-output', unit: unit.name, phase: phase.name, line });
    },
    signal: engine.signal,
  });
  if (outcome.ended === 'exit' && outcome.code === 0) return;
  if (outcome.ended === 'aborted') throw engine.signal.reason;
  const ending = outcome.ended === 'exit' ? `exit code ${outcome.code}` : `signal ${outcome.name}`;
  throw new UnitFailure(phase.name, explainFailure({ phase: phase.name, ending, lines }));
}

/** Removes a workspace; some sources come with folders that their owner may not write. */
async function removeTree(root: string): Promise<void> {
  if (!existsSync(root)) return;
  await rm(root, { recursive: true, force: true }).catch(async () => {
    await chmod(root, 0o755);
    await rm(root, { recursive: true, force: true });
  });
}

function buildCpu(): string {
  return process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch;
}

/** Unpacks and prepares a unit's source outside of a build, for a person to look at. */
export async function prepareWorkspace(engine: Engine, unit: Unit): Promise<void> {
  const workspace = workspaceOf(engine.project, unit.name);
  await mkdir(dirname(workspace.log), { recursive: true });
  const log = createWriteStream(workspace.log);
  try {
    await prepareSource(engine, unit, workspace, log, () => {});
  } finally {
    await new Promise<void>((resolve) => log.end(resolve));
  }
}
