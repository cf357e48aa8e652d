/** A second build of a unit, in another build environment, compared with the first. */
import { execa } from 'execa';
import type { Engine } from '../engine/engine.js';
import { UnitFailure } from '../engine/failure/unit-failure.js';
import { fixedJobs } from '../engine/jobserver/phase-jobs.js';
import { buildUnit, prepareUnit } from '../engine/unit/build-unit.js';
import { workspaceIn } from '../engine/unit/workspace.js';
import type { Event, UnitName } from '../events/event.js';
import type { Unit } from '../plan/unit.js';
import { recipeSources } from '../recipe/recipe.js';
import { fetchSources } from '../source/fetch-sources.js';
import { UserError } from '../util/diagnostic.js';
import { lockFile } from '../util/file-lock.js';
import { compareTrees, type Difference } from './compare-trees.js';
import { type Preload, variationOf } from './variations.js';

export interface CheckResult {
  unit: UnitName;
  /** How many files, folders and links the first build installed. */
  entries: number;
  /** Of the second build. */
  seconds: number;
  differences: Difference[];
  /** Lines of diffoscope, where it is installed and there are differences. */
  diffoscope?: string[];
}

export interface AgainOptions {
  /** The output that the first build gave. */
  first: string;
  outputOf: (unit: UnitName) => string;
  /** How many jobs the first build had; the second one has one more. */
  jobs: number;
  preload: Preload;
}

/**
 * Builds a unit once more and compares. Nothing of it is kept. Throws UnitFailure when the second
 * build fails where the first did not, and leaves its workspace and log behind then.
 */
export async function checkUnit(
  engine: Engine,
  unit: Unit,
  options: AgainOptions,
): Promise<CheckResult> {
  const name = `${unit.name} (again)`;
  const { state } = engine.project;
  const root = state.secondBuild(unit.name);
  const workspace = workspaceIn(root, state.secondLog(unit.name));
  const emit = (event: Event) =>
    engine.emit('unit' in event && event.unit === unit.name ? { ...event, unit: name } : event);
  const again = { ...engine, emit };

  const started = Date.now();
  engine.emit({
    type: 'unit-start',
    unit: name,
    reason: 'forced',
    detail: 'to compare',
    log: workspace.log,
  });
  const jobs = options.jobs + 1;
  await fetchSource(engine, unit);
  // Another process that checks the same unit must not do it in the same folders.
  await using lock = await lockFile(engine.project.state.secondBuildLock(unit.name), {
    signal: engine.signal,
    onWait: () =>
      engine.emit({
        type: 'note',
        message: `${unit.name}: waiting for another stubforge that is building it again to compare`,
      }),
  });
  await using prepared = await prepareUnit(again, unit, workspace);
  const tree = await buildUnit(again, prepared, {
    jobs,
    outputOf: options.outputOf,
    variation: variationOf(unit, options.preload),
    lock: lock.descriptor,
    tokens: fixedJobs(jobs),
  });
  const first = engine.store.outputDirectory(options.first);
  const { entries, differences } = await compareTrees(first, tree);
  const seconds = (Date.now() - started) / 1000;
  const result: CheckResult = {
    unit: unit.name,
    entries,
    seconds,
    differences,
    ...(differences.length > 0 && { diffoscope: await diffoscope(engine, first, tree) }),
  };
  prepared.stays = differences.length > 0;
  engine.emit({ type: 'unit-done', unit: name, seconds, output: tree });
  return result;
}

/** The first build may have been taken from the store, on a machine that never saw its source. */
async function fetchSource(engine: Engine, { recipe }: Unit): Promise<void> {
  try {
    await fetchSources(engine.project, recipeSources(recipe), engine.lock, engine);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UnitFailure('fetch', error.diagnostics, { cause: error });
  }
}

/** What diffoscope says of two folders; undefined where it is not installed. */
async function diffoscope(engine: Engine, first: string, second: string) {
  const limits = ['--max-report-size', '200000', '--exclude-directory-metadata', 'yes'];
  const { stdout, exitCode } = await execa(
    'diffoscope',
    ['--text', '-', ...limits, first, second],
    {
      reject: false,
      cancelSignal: engine.signal,
    },
  );
  // 1 says that there are differences.
  return exitCode === 1 ? String(stdout).split('\n') : undefined;
}
