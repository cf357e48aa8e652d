import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { UnitName } from '../../events/event.js';
import type { Plan, PlanWorld } from '../../plan/make-plan.js';
import { dependencies } from '../../plan/unit.js';
import { recipeSources } from '../../recipe/recipe.js';
import { fetchSources } from '../../source/fetch-sources.js';
import type { Engine } from '../engine.js';
import { openPool } from '../jobserver/token-pool.js';
import { availableMemory, MemoryBudget } from './memory-budget.js';
import { pathsOfPlan, type UnitSeconds } from './priorities.js';
import type { BuildSummary, Run, ScheduleOptions } from './run.js';
import { Fetching } from './unit-inputs.js';
import { UnitRun } from './unit-run.js';

export type { BuildSummary, ScheduleOptions } from './run.js';

/** How many sources may be unpacked before their units can be built; each may take a gigabyte. */
const preparedAhead = 4;

/**
 * Runs a plan: dependencies first, otherwise what most other work waits for, with as many jobs at once
 * as there are tokens. A failed unit stops only what depends on it, unless `failFast`. An abort ends the
 * running commands, keeps what is finished, and throws the signal's reason; so does a defect. The caller
 * has held the store since the plan was made.
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
    const verdict = plan.staleness.get(name)!;
    if (verdict.state !== 'fresh') continue;
    summary.fresh.push(name);
    summary.outputs.set(name, verdict.output);
    engine.emit({ type: 'unit-fresh', unit: name, reason: verdict.reason });
  }

  const paths = await pathsOfPlan(engine, plan);
  const urgent = plan.build.toSorted((a, b) => paths.get(b)!.prepare - paths.get(a)!.prepare);
  const sources = urgent.flatMap((name) => recipeSources(graph.get(name)!.recipe));
  // Without a network, everything that is missing is known at once: nothing is started in vain.
  if (engine.offline) await fetchSources(engine.project, sources, engine.lock, engine);

  const stop = new AbortController();
  const signal = AbortSignal.any([engine.signal, stop.signal]);
  setMaxListeners(0, signal);
  const stoppable = { ...engine, signal };
  using pool = openPool(options.jobs, process.env.MAKEFLAGS, engine.emit);
  const run: Run = {
    engine: stoppable,
    plan,
    world,
    options,
    summary,
    pool,
    memory: new MemoryBudget(await availableMemory()),
    fetching: new Fetching(stoppable, sources),
    pathOf: (name) => paths.get(name) ?? mostUrgent,
    rebuild: rebuilder(() => run),
    closing: [],
  };
  await runUnits(run, urgent, stop);

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

/**
 * Builds all stale units of the plan; `urgent` has them in order of priority. A defect in one stops the
 * others, and is thrown when none of them uses the run's tokens any more.
 */
async function runUnits(
  run: Run,
  urgent: readonly UnitName[],
  stop: AbortController,
): Promise<void> {
  const { plan, pool } = run;
  const units = new Map<UnitName, UnitRun>();
  for (const name of plan.build) {
    const unit = plan.graph.get(name)!;
    const needed = dependencies(unit).flatMap((each) => units.get(each) ?? []);
    units.set(name, new UnitRun(run, unit, needed));
  }
  const ahead = pLimit(Math.max(preparedAhead, pool.jobs));
  for (const name of urgent) void ahead(() => units.get(name)!.prepareAhead());
  const finished = [...units.values()].map((unit) => unit.finished);
  for (const each of finished) each.catch((defect: unknown) => stop.abort(defect));
  await Promise.allSettled(finished);
  const closed = await Promise.allSettled(run.closing);
  stop.signal.throwIfAborted();
  for (const each of closed) if (each.status === 'rejected') throw each.reason;
}

/** For units that are built although the plan did not foresee it: others already wait for them. */
const mostUrgent: UnitSeconds = {
  prepare: Number.POSITIVE_INFINITY,
  build: Number.POSITIVE_INFINITY,
};

/** Builds units again whose outputs were lost, each once at a time. */
function rebuilder(run: () => Run): Run['rebuild'] {
  const underway = new Map<UnitName, Promise<void>>();
  return (name) => {
    let again = underway.get(name);
    if (!again) {
      const { plan, summary } = run();
      summary.outputs.delete(name);
      summary.fresh = summary.fresh.filter((each) => each !== name);
      again = new UnitRun(run(), plan.graph.get(name)!, []).finished.finally(() =>
        underway.delete(name),
      );
      underway.set(name, again);
    }
    return again;
  };
}
