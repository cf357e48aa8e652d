import type { WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseUnit } from '../../events/unit-id.js';
import type { Unit } from '../../plan/unit.js';
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

/** A unit whose source lies ready: what `prepareUnit` leaves to `buildUnit`. */
export interface PreparedUnit {
  unit: Unit;
  workspace: Workspace;
  /** Open until the unit is built or given up. */
  log: WriteStream;
  /** SOURCE_DATE_EPOCH in seconds; absent for images. */
  date?: number;
  /** Of the phases that have ended so far. */
  times: PhaseTime[];
}

/** Runs a phase's work when it is its turn, with what its tools need to get job tokens. */
export type During = <Result>(
  client: TokenClient | undefined,
  work: (jobs: PhaseJobs) => Promise<Result>,
) => Promise<Result>;

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
  const prepared: PreparedUnit = {
    unit,
    workspace,
    log: openLog(engine, unit.name, workspace.log),
    times: [],
  };
  if (unit.recipe.kind === 'image') return prepared;
  const phases = phasesOf(engine, prepared, 'prepare');
  try {
    prepared.date = await prepareSource(engine, unit, workspace, prepared.log, phases.enter);
    phases.leave();
    return prepared;
  } catch (error) {
    await closeLog(prepared.log);
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
  options: UnitBuildOptions & {
    during: During;
    /** The descriptor that holds the lock of the workspace. */
    lock: number;
  },
): Promise<string> {
  const { unit, workspace, log } = prepared;
  const phases = phasesOf(engine, prepared, 'environment');
  try {
    if (unit.recipe.kind === 'image') {
      phases.enter('pack');
      await mkdir(workspace.dest, { recursive: true });
      await engine.packImage({
        unit,
        dest: workspace.dest,
        outputOf: (recipe) =>
          engine.store.outputDirectory(
            options.outputOf(unit.needs.find((need) => parseUnit(need).recipe === recipe)!),
          ),
        log: (line) => log.write(`${line}\n`),
        signal: engine.signal,
      });
    } else {
      const buildEnvironment = await composeEnvironment(
        engine,
        unit,
        workspace,
        options,
        prepared.date!,
      );
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
    }
    phases.enter('check');
    await pruneOutput(workspace.dest);
    if (unit.recipe.kind === 'library' && unit.prefixUnits.length > 0) {
      for (const path of await prunePrograms(workspace.dest)) {
        log.write(`left out ${path}: programs of a library have no kernel; 'kind: program' does\n`);
      }
    }
    checkProvides(unit.recipe, workspace.dest);
    phases.leave();
    return workspace.dest;
  } catch (error) {
    throw await phases.failure(error);
  } finally {
    await closeLog(prepared.log);
  }
}

/** Gives up what was prepared, because the unit is not to be built after all. */
export async function discardPrepared(prepared: PreparedUnit): Promise<void> {
  await closeLog(prepared.log);
  await removeTree(prepared.workspace.root);
}

/** Tells of the phases of a unit as they begin and end, and knows which one failed. */
function phasesOf(engine: Engine, prepared: PreparedUnit, first: string) {
  const { unit, log, times, workspace } = prepared;
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
