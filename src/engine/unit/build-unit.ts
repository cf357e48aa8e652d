import type { WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { artifactKind, makeArtifact } from '../../artifacts/kinds.js';
import { parseUnit } from '../../events/unit-id.js';
import { type ArtifactUnit, type BuiltUnit, isBuiltUnit, type Unit } from '../../plan/unit.js';
import type { PhaseTime } from '../../store/store.js';
import { UserError } from '../../util/diagnostic.js';
import { diagnoseDiskError } from '../../util/disk-errors.js';
import type { Engine } from '../engine.js';
import { composeEnvironment, type UnitBuildOptions } from '../environment/build-environment.js';
import { UnitFailure } from '../failure/explain-failure.js';
import { ninjaJoins } from '../jobserver/ninja.js';
import type { PhaseJobs, TokenClient } from '../jobserver/phase-jobs.js';
import { checkProvides, pruneOutput, prunePrograms } from './installed-files.js';
import { prepareSource } from './prepare-source.js';
import type { Budget } from './run-command.js';
import { phaseCpuSeconds, runPhase } from './run-phase.js';
import { closeLog, openLog } from './unit-log.js';
import { removeTree, type Workspace, workspaceOf } from './workspace.js';

interface Begun {
  workspace: Workspace;
  /** Open until the unit is built or given up. */
  log: WriteStream;
  /** Of the phases that have ended so far. */
  times: PhaseTime[];
}

interface PreparedBuild extends Begun {
  unit: BuiltUnit;
  /** SOURCE_DATE_EPOCH in seconds. */
  date: number;
}

/** A unit whose source, where it has one, lies ready: what `prepareUnit` leaves to `buildUnit`. */
export type PreparedUnit = PreparedBuild | (Begun & { unit: ArtifactUnit });

/** Runs a phase's work when it is its turn, with what its tools need to get job tokens. */
export type During = <Result>(
  client: TokenClient | undefined,
  work: (jobs: PhaseJobs) => Promise<Result>,
) => Promise<Result>;

type BuildUnitOptions = UnitBuildOptions & {
  during: During;
  /** The descriptor that holds the lock of the workspace. */
  lock: number;
};

/**
 * Makes a fresh workspace and unpacks the unit's source in it, which needs none of its dependencies.
 * Throws UnitFailure, and leaves workspace and log behind then.
 */
export async function prepareUnit(
  engine: Engine,
  unit: Unit,
  workspace = workspaceOf(engine.project, unit.name),
): Promise<PreparedUnit> {
  await removeTree(workspace.root);
  await mkdir(dirname(workspace.log), { recursive: true });
  const log = openLog(engine, unit.name, workspace.log);
  const begun: Begun = { workspace, log, times: [] };
  if (!isBuiltUnit(unit)) return { ...begun, unit };
  const phases = phasesOf(engine, unit, begun, 'prepare');
  try {
    const date = await prepareSource(engine, unit, workspace, log, phases.enter);
    phases.leave();
    return { ...begun, unit, date };
  } catch (error) {
    await closeLog(log);
    throw await phases.failure(error);
  }
}

/**
 * Builds a prepared unit. Resolves to the folder with what it installed, which the caller takes over.
 * Throws UnitFailure, and leaves workspace and log behind then.
 */
export async function buildUnit(
  engine: Engine,
  prepared: PreparedUnit,
  options: BuildUnitOptions,
): Promise<string> {
  const { unit, workspace, log } = prepared;
  const phases = phasesOf(engine, unit, prepared, 'environment');
  try {
    if ('date' in prepared) await runPhases(engine, prepared, options, phases);
    else await assemble(engine, prepared.unit, workspace, log, options, phases);
    phases.leave();
    return workspace.dest;
  } catch (error) {
    throw await phases.failure(error);
  } finally {
    await closeLog(log);
  }
}

/** Runs the phases of a build system, and looks at what they installed. */
async function runPhases(
  engine: Engine,
  { unit, workspace, log, date }: PreparedBuild,
  options: BuildUnitOptions,
  phases: Phases,
): Promise<void> {
  const buildEnvironment = await composeEnvironment(engine, unit, workspace, options, date);
  const budget: Budget = {
    limits: unit.recipe.limits,
    seconds: 0,
    printed: 0,
    folder: workspace.root,
    except: [workspace.sysroot, workspace.tools],
  };
  for (const each of buildEnvironment.phases) {
    const client =
      each.jobs === 'ninja' && !(await ninjaJoins(buildEnvironment, engine.signal))
        ? 'compilers'
        : each.jobs;
    await options.during(client, async (jobs) => {
      phases.enter(each.name);
      await runPhase(engine, unit, buildEnvironment, each, budget, log, jobs, options.lock);
      phases.leave({
        cpuSeconds: await phaseCpuSeconds(workspace),
        parallel: each.jobs !== undefined,
      });
    });
  }
  phases.enter('check');
  await pruneOutput(workspace.dest);
  if (unit.recipe.kind === 'library' && unit.prefixUnits.length > 0) {
    for (const path of await prunePrograms(workspace.dest)) {
      log.write(`left out ${path}: programs of a library have no kernel; 'kind: program' does\n`);
    }
  }
  checkProvides(unit.recipe, workspace.dest);
}

/** Makes an artifact of the outputs that it needs. */
async function assemble(
  engine: Engine,
  unit: ArtifactUnit,
  { dest }: Workspace,
  log: WriteStream,
  { outputOf }: UnitBuildOptions,
  phases: Phases,
): Promise<void> {
  phases.enter(artifactKind(unit.recipe).phase);
  await mkdir(dest, { recursive: true });
  const inputs = Object.fromEntries(
    unit.needs.map((need) => [
      parseUnit(need).recipe,
      engine.store.outputDirectory(outputOf(need)),
    ]),
  );
  await makeArtifact(
    { recipe: unit.recipe, inputs, dest },
    { log: (line) => log.write(`${line}\n`), signal: engine.signal },
  );
}

/** Gives up what was prepared, because the unit is not to be built after all. */
export async function discardPrepared(prepared: PreparedUnit): Promise<void> {
  await closeLog(prepared.log);
  await removeTree(prepared.workspace.root);
}

type Phases = ReturnType<typeof phasesOf>;

/** Tells of the phases of a unit as they begin and end, and knows which one failed. */
function phasesOf(engine: Engine, unit: Unit, { log, times, workspace }: Begun, first: string) {
  let phase = first;
  let started: number | undefined;
  const leave = (more: { cpuSeconds?: number; parallel?: boolean } = {}) => {
    if (started === undefined) return;
    const seconds = (performance.now() - started) / 1000;
    started = undefined;
    times.push({ phase, seconds, ...more });
    engine.emit({ type: 'phase-done', unit: unit.name, phase, seconds, ...more });
  };
  return {
    leave,
    enter(name: string) {
      leave();
      phase = name;
      started = performance.now();
      log.write(`=== ${unit.name}: ${name}\n`);
      engine.emit({ type: 'phase-start', unit: unit.name, phase: name });
    },
    async failure(thrown: unknown): Promise<unknown> {
      leave();
      const error = await diagnoseDiskError(thrown, workspace.root);
      if (!(error instanceof UserError)) return error;
      for (const diagnostic of error.diagnostics) log.write(`error: ${diagnostic.message}\n`);
      return new UnitFailure(phase, error.diagnostics[0]!);
    },
  };
}
