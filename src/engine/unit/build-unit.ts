import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { artifactKind, makeArtifact } from '../../artifacts/kinds.js';
import { parseUnit } from '../../events/unit-id.js';
import { type ArtifactUnit, type BuiltUnit, isBuiltUnit, type Unit } from '../../plan/unit.js';
import type { BuildSite } from '../engine.js';
import { composeEnvironment, type UnitBuildOptions } from '../environment/build-environment.js';
import { type JobTokens, tokenClient } from '../jobserver/phase-jobs.js';
import { checkProvides, pruneOutput, prunePrograms } from './installed-files.js';
import { prepareSource } from './prepare-source.js';
import type { Budget } from './run-command.js';
import { phaseCpuSeconds, runPhase } from './run-phase.js';
import { UnitLog } from './unit-log.js';
import { removeTree, type Workspace, workspaceOf } from './workspace.js';

/**
 * A unit whose source, where it has one, is unpacked: what `prepareUnit` hands to `buildUnit`. At the
 * end of its scope the workspace is removed, unless it is to stay.
 */
export class PreparedUnit implements AsyncDisposable {
  /** Whether the workspace stays, so that one can look at what went wrong. */
  stays = false;

  constructor(
    readonly unit: Unit,
    readonly workspace: Workspace,
    readonly log: UnitLog,
    /** SOURCE_DATE_EPOCH in seconds; absent for artifacts. */
    readonly date: number | undefined,
    /** How long preparing took. */
    readonly seconds: number,
  ) {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log[Symbol.asyncDispose]();
    if (this.stays) return;
    await removeTree(this.workspace.root).catch((error: Error) =>
      this.log.note(
        `its workspace could not be removed and stays until the next build: ${error.message}`,
      ),
    );
  }
}

/**
 * Makes a new workspace and unpacks the unit's source in it, which needs none of its dependencies. When
 * it throws UnitFailure, workspace and log stay.
 */
export async function prepareUnit(
  site: BuildSite,
  unit: Unit,
  workspace = workspaceOf(site.project, unit.name),
): Promise<PreparedUnit> {
  const started = performance.now();
  await removeTree(workspace.root);
  await mkdir(dirname(workspace.log), { recursive: true });
  const log = new UnitLog(unit.name, workspace.log, site.emit);
  try {
    const date = isBuiltUnit(unit) ? await prepareSource(site, unit, workspace, log) : undefined;
    log.leave();
    return new PreparedUnit(unit, workspace, log, date, (performance.now() - started) / 1000);
  } catch (error) {
    const failure = await log.failure(error, diskOf(site, workspace));
    await log[Symbol.asyncDispose]();
    throw failure;
  }
}

/** For errors of the disk. */
const diskOf = ({ project }: BuildSite, { root }: Workspace) => ({
  folder: root,
  state: project.state.root,
});

export interface BuildOptions extends UnitBuildOptions {
  tokens: JobTokens;
  /** The descriptor that holds the lock of the workspace. */
  lock?: number;
  /** Called when a phase has failed, before any of the unit's tokens is released. */
  onFailure?: () => void;
}

/**
 * Builds a prepared unit. Resolves to the folder with what it installed, which the caller takes over;
 * throws UnitFailure. The workspace stays in both cases.
 */
export async function buildUnit(
  site: BuildSite,
  prepared: PreparedUnit,
  options: BuildOptions,
): Promise<string> {
  const { unit, workspace } = prepared;
  await using log = prepared.log;
  prepared.stays = true;
  log.phase = 'environment';
  try {
    if (isBuiltUnit(unit)) await runPhases(site, unit, prepared, options);
    else await assemble(site, unit, prepared, options);
    log.leave();
    return workspace.dest;
  } catch (error) {
    throw await log.failure(error, diskOf(site, workspace));
  }
}

/** Makes an artifact from the outputs that it needs. */
async function assemble(
  site: BuildSite,
  unit: ArtifactUnit,
  { workspace, log }: PreparedUnit,
  { outputOf }: BuildOptions,
): Promise<void> {
  const { dest } = workspace;
  log.enter(artifactKind(unit.recipe).phase);
  await mkdir(dest, { recursive: true });
  const inputs = Object.fromEntries(
    unit.needs.map((need) => [parseUnit(need).recipe, site.store.outputDirectory(outputOf(need))]),
  );
  await makeArtifact(
    { recipe: unit.recipe, inputs, dest },
    { log: (line) => log.write(line), signal: site.signal },
  );
}

/** Runs the phases of the build system, and checks what they installed. */
async function runPhases(
  site: BuildSite,
  unit: BuiltUnit,
  { workspace, log, date }: PreparedUnit,
  options: BuildOptions,
): Promise<void> {
  const { tokens, lock, onFailure } = options;
  const buildEnvironment = await composeEnvironment(site, unit, workspace, options, date!);
  const budget: Budget = {
    watcher: site.environments.watcher,
    limits: unit.recipe.limits,
    seconds: 0,
    printed: 0,
    folder: workspace.root,
    except: [workspace.sysroot, workspace.tools],
  };
  for (const phase of buildEnvironment.phases) {
    const client = await tokenClient(phase.jobs, buildEnvironment, site.signal);
    await using jobs = await tokens.phase({ client, root: workspace.root });
    log.enter(phase.name);
    try {
      await runPhase(site, unit, buildEnvironment, phase, { budget, log, jobs, lock });
    } catch (error) {
      onFailure?.();
      throw error;
    }
    const cpuSeconds = await phaseCpuSeconds(workspace);
    log.leave({ cpuSeconds, parallel: phase.jobs !== undefined });
  }
  log.enter('check');
  await checkInstalled(unit, workspace, log);
}

/** Removes what no dependent can use, and checks that the rest is what the recipe provides. */
async function checkInstalled(unit: BuiltUnit, workspace: Workspace, log: UnitLog): Promise<void> {
  await pruneOutput(workspace.dest);
  if (unit.recipe.kind === 'library' && unit.prefixUnits.length > 0) {
    for (const path of await prunePrograms(workspace.dest)) {
      log.write(
        `left out ${path}: the programs of a library have no kernel; those of 'kind: program' have one`,
      );
    }
  }
  checkProvides(unit.recipe, workspace.dest);
}
