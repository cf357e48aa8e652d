import { rm } from 'node:fs/promises';
import type { UnitName } from '../events.js';
import { judge, outputsSeen, type Plan, type PlanWorld } from '../plan/plan.js';
import { dependencies, type Unit } from '../plan/unit.js';
import { fetchSources } from '../source/fetch.js';
import { whileUsing } from '../store/lock.js';
import { withFileLock } from '../util/file-lock.js';
import { UserError } from '../util/problem.js';
import type { Engine } from './engine.js';
import { UnitFailure } from './failure.js';
import { mendInputs } from './mend-inputs.js';
import { buildUnit } from './unit-build.js';
import { workspaceOf } from './workspace.js';

export interface ScheduleOptions {
  /** Units at once, and jobs within each. */
  jobs: number;
  /** Start nothing new after the first failure. */
  failFast: boolean;
  /** Leave workspaces of units that succeeded. */
  keep: boolean;
}

/** What one run of a plan works with. */
interface Run {
  engine: Engine;
  plan: Plan;
  world: PlanWorld;
  options: ScheduleOptions;
  summary: BuildSummary;
  /** Units whose outputs turned out to be damaged and that are being built again. */
  rebuilding: Map<UnitName, Promise<void>>;
}

export interface BuildSummary {
  built: UnitName[];
  fresh: UnitName[];
  failed: UnitName[];
  skipped: UnitName[];
  /** Output (content hash) of every unit that has one. */
  outputs: Map<UnitName, string>;
}

/**
 * Runs a plan: dependencies first, otherwise as many units at once as asked for. A failed unit
 * stops only what depends on it, unless `failFast`. An abort ends the children, keeps what is
 * finished, and throws the signal's reason.
 */
export async function runPlan(
  engine: Engine,
  plan: Plan,
  world: PlanWorld,
  options: ScheduleOptions,
): Promise<BuildSummary> {
  const started = Date.now();
  const { graph } = plan;
  const summary: BuildSummary = {
    built: [],
    fresh: [],
    failed: [],
    skipped: [],
    outputs: new Map(),
  };
  engine.emit({ type: 'plan', build: [...plan.build], fresh: [...plan.fresh] });
  for (const name of plan.fresh) {
    const verdict = plan.verdicts.get(name)!;
    if (verdict.state !== 'fresh') continue;
    summary.fresh.push(name);
    summary.outputs.set(name, verdict.output);
    engine.emit({ type: 'unit-fresh', unit: name, reason: verdict.reason });
  }

  const sources = plan.build.flatMap((name) => graph.get(name)!.recipe.source ?? []);
  await fetchSources(engine.project, sources, engine.lock, engine);

  const run: Run = { engine, plan, world, options, summary, rebuilding: new Map() };
  const waiting = new Set(plan.build);
  const running = new Map<UnitName, Promise<void>>();
  const skip = (name: UnitName, because: string) => {
    waiting.delete(name);
    summary.skipped.push(name);
    engine.emit({ type: 'unit-skipped', unit: name, because });
  };

  const startReady = () => {
    for (const name of waiting) {
      const unit = graph.get(name)!;
      const broken = dependencies(unit).find(
        (each) => summary.failed.includes(each) || summary.skipped.includes(each),
      );
      if (engine.signal.aborted) {
        skip(name, 'stopped');
      } else if (broken) {
        skip(name, `${broken} failed`);
      } else if (options.failFast && summary.failed.length > 0) {
        skip(name, `--fail-fast after ${summary.failed[0]}`);
      } else if (
        running.size < options.jobs &&
        dependencies(unit).every((each) => summary.outputs.has(each))
      ) {
        waiting.delete(name);
        running.set(
          name,
          runOne(run, unit).finally(() => running.delete(name)),
        );
      }
    }
  };

  const work = async () => {
    for (startReady(); running.size > 0; startReady()) await Promise.race(running.values());
  };
  const onWait = (message: string) => engine.emit({ type: 'note', message });
  // A run that builds nothing relies on nothing that could be removed meanwhile.
  if (waiting.size === 0) await work();
  else await whileUsing(engine.store, { signal: engine.signal, onWait }, work);

  const seconds = (Date.now() - started) / 1000;
  engine.emit({
    type: 'build-done',
    built: summary.built.length,
    fresh: summary.fresh.length,
    failed: summary.failed.length,
    skipped: summary.skipped.length,
    seconds,
  });
  if (engine.signal.aborted) throw engine.signal.reason;
  return summary;
}

async function runOne(run: Run, unit: Unit): Promise<void> {
  const { engine, summary } = run;
  const started = Date.now();
  const workspace = workspaceOf(engine.project, unit.name);
  // Two processes must not build in the same folder, and the second one need not build at all.
  const waiting = setTimeout(() => {
    const message = `${unit.name}: waiting for another stubforge that works on it`;
    engine.emit({ type: 'note', message });
  }, 1000);
  try {
    await withFileLock(`${workspace.root}.lock`, engine.signal, async () => {
      clearTimeout(waiting);
      await buildOrTake(run, unit);
    });
  } catch (error) {
    if (engine.signal.aborted) {
      summary.skipped.push(unit.name);
      engine.emit({ type: 'unit-skipped', unit: unit.name, because: 'stopped' });
      return;
    }
    const failure =
      error instanceof UnitFailure
        ? { phase: error.phase, problem: error.problem }
        : error instanceof UserError
          ? { phase: 'prepare', problem: error.problems[0]! }
          : undefined;
    if (!failure) throw error;
    summary.failed.push(unit.name);
    engine.emit({
      type: 'unit-failed',
      unit: unit.name,
      ...failure,
      seconds: (Date.now() - started) / 1000,
      log: workspace.log,
    });
  } finally {
    clearTimeout(waiting);
  }
}

/** Builds a unit again whose output was lost after the plan was made. */
function rebuild(run: Run, name: UnitName): Promise<void> {
  const { engine, plan, summary, rebuilding } = run;
  let again = rebuilding.get(name);
  if (!again) {
    again = (async () => {
      const unit = plan.graph.get(name)!;
      summary.outputs.delete(name);
      summary.fresh = summary.fresh.filter((each) => each !== name);
      const sources = unit.recipe.source ? [unit.recipe.source] : [];
      await fetchSources(engine.project, sources, engine.lock, engine);
      await runOne(run, unit);
    })().finally(() => rebuilding.delete(name));
    rebuilding.set(name, again);
  }
  return again;
}

/** Builds a unit, unless its output has turned out to exist since it was planned. */
async function buildOrTake(run: Run, unit: Unit): Promise<void> {
  const { engine, plan, world, options, summary } = run;
  const started = Date.now();
  const seconds = () => (Date.now() - started) / 1000;
  const workspace = workspaceOf(engine.project, unit.name);
  const outputOf = (name: UnitName) => summary.outputs.get(name)!;
  const lost = await mendInputs(engine, unit, summary.outputs, (name) => rebuild(run, name));
  if (lost !== undefined) {
    summary.skipped.push(unit.name);
    engine.emit({ type: 'unit-skipped', unit: unit.name, because: `${lost} failed` });
    return;
  }
  const planned = plan.verdicts.get(unit.name)!;
  const forced = planned.state === 'stale' && planned.reason === 'forced';
  // What it needs may have come out as it was, and another process may have built it meanwhile.
  const verdict = await judge(unit, outputsSeen(unit, outputOf), world, forced);
  if (verdict.state === 'fresh') {
    summary.fresh.push(unit.name);
    summary.outputs.set(unit.name, verdict.output);
    const why = planned.key
      ? 'another stubforge built it meanwhile'
      : 'what it needs was rebuilt to the same content';
    engine.emit({ type: 'unit-fresh', unit: unit.name, reason: `${why}; ${verdict.reason}` });
    return;
  }
  const { reason, detail, key } = verdict;
  engine.emit({ type: 'unit-start', unit: unit.name, reason, detail, log: workspace.log });
  const tree = await buildUnit(engine, unit, { jobs: options.jobs, outputOf });
  const record = await engine.store.put({ unit: unit.name, ...key, seconds: seconds() }, tree);
  if (!options.keep) await rm(workspace.root, { recursive: true, force: true });
  summary.built.push(unit.name);
  summary.outputs.set(unit.name, record.output);
  engine.emit({
    type: 'unit-done',
    unit: unit.name,
    seconds: seconds(),
    output: engine.store.outputDirectory(record.output),
  });
}
