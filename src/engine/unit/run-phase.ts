import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltUnit } from '../../plan/unit.js';
import { blameFullDisk } from '../../project/disk-diagnostics.js';
import { largestFile } from '../../sandbox/disk-usage.js';
import { enclose } from '../../sandbox/enclose.js';
import { shellQuote } from '../../util/shell-text.js';
import type { BuildSite } from '../engine.js';
import type { BuildEnvironment } from '../environment/build-environment.js';
import { adviserFor } from '../failure/adviser.js';
import { explainFailure } from '../failure/explain-failure.js';
import { limitExceeded } from '../failure/limit-exceeded.js';
import { UnitFailure } from '../failure/unit-failure.js';
import type { PhaseJobs } from '../jobserver/phase-jobs.js';
import { type Budget, exitText, runCommand } from './run-command.js';
import type { UnitLog } from './unit-log.js';
import { checkWorkspace, type Workspace } from './workspace.js';

const timesFile = 'phase-times';

/** Makes the phase's shell write down, when it ends, the processor time of itself and its children. */
const countCpu = (root: string) => `trap 'times >${shellQuote(join(root, timesFile))}' EXIT\n`;

/** Processor seconds of the last phase; undefined where its shell could not write them down. */
export async function phaseCpuSeconds(workspace: Workspace): Promise<number | undefined> {
  const file = join(workspace.root, timesFile);
  const text = await readFile(file, 'utf8').catch(() => '');
  await rm(file, { force: true });
  const times = [...text.matchAll(/([0-9]+)m([0-9.]+)s/g)];
  if (times.length === 0) return undefined;
  return times.reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

export interface PhaseContext {
  /** What the unit's phases may still take. */
  budget: Budget;
  log: UnitLog;
  jobs: PhaseJobs;
  /** The descriptor that holds the lock of the workspace. */
  lock?: number;
}

/** Runs one phase in its build environment; throws UnitFailure when it does not succeed. */
export async function runPhase(
  site: BuildSite,
  unit: BuiltUnit,
  buildEnvironment: BuildEnvironment,
  phase: { name: string; script: string },
  { budget, log, jobs, lock }: PhaseContext,
): Promise<void> {
  const lines: string[] = [];
  log.write(phase.script.trimEnd().replace(/^/gm, '$ '));
  const { root } = buildEnvironment.paths;
  const { environment, prelude } = jobs.join(root);
  const started = enclose({
    ...buildEnvironment,
    environment: { ...buildEnvironment.environment, ...environment },
    command: ['/bin/sh', '-euc', `${countCpu(root)}${prelude}${phase.script}`],
    dataBytes: budget.limits.memory,
    fileBytes: largestFile(budget.folder, budget.limits.disk),
    processes: budget.limits.processes,
  });
  const outcome = await runCommand(started.words, {
    cwd: started.directory,
    environment: started.environment,
    log: log.stream,
    onLine: (line) => {
      // The report needs the first error and the last lines, not a gigabyte of them.
      if (lines.length < 50_000) lines.push(line);
      site.emit({ type: 'phase-output', unit: unit.name, phase: phase.name, line });
    },
    signal: site.signal,
    groups: site.groups,
    budget,
    // A sandbox ends when stubforge ends. Without one, what is left of a phase keeps the next build out of
    // its folders.
    inherits: buildEnvironment.view || lock === undefined ? [] : [lock],
  });
  if (outcome.ended === 'exit' && outcome.code === 0) {
    await checkWorkspace(buildEnvironment.workspace);
    return;
  }
  if (outcome.ended === 'aborted') throw site.signal.reason;
  if (outcome.ended === 'limit') {
    const diagnostic = limitExceeded(unit.recipe, phase.name, outcome.exceeded);
    log.write(`error: ${diagnostic.message}`);
    throw new UnitFailure(phase.name, diagnostic);
  }
  const ending = outcome.ended === 'exit' ? exitText(outcome.code) : `signal ${outcome.name}`;
  const { workspace, paths } = buildEnvironment;
  throw new UnitFailure(
    phase.name,
    await blameFullDisk(
      await explainFailure(
        { phase: phase.name, ending, lines },
        { advise: adviserFor(site, unit, workspace, paths), file: unit.recipe.file },
      ),
      workspace.root,
    ),
  );
}
