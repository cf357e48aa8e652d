// A run of measured units on any number of processors, scheduled as stubforge does it: tokens go to
// the longest remaining path first, a phase that has begun keeps one, and what a parallel phase has
// beyond that passes on whenever somebody more urgent wants it.

import type { remainingPaths } from '../../src/engine/scheduler/priorities.js';
import type { UnitRecord } from '../../src/store/store.js';

export interface Stage {
  prepare: boolean;
  /** Processor seconds on one processor only. */
  serial: number;
  /** Processor seconds on as many as there are. */
  shared: number;
}

export interface Unit {
  name: string;
  dependencies: readonly string[];
  stages: readonly Stage[];
}

type Paths = ReturnType<typeof remainingPaths>;

/** As many sources lie ready before their units can be built as the scheduler itself allows. */
const preparedAhead = 4;

/** The preparation of a unit's source, by the names of its phases. */
const preparePhases = ['unpack', 'patch', 'config.sub'];

/**
 * The stages of a unit from its record: `{ serial, shared }` in processor seconds, where `serial` runs
 * on one processor only and `shared` on as many as there are. A serial phase counts by the processor
 * time that it took, where that is known: its wall time on a busy machine tells of its neighbours. Of a
 * parallel one, that part is serial which the measured run could not share between its processors.
 */
export function stagesOf(
  record: Pick<UnitRecord, 'phases' | 'seconds'>,
  processors: number,
): Stage[] {
  const stages = (record.phases ?? []).map(({ phase, seconds, cpuSeconds, parallel }) => {
    const work = cpuSeconds ?? seconds;
    const prepare = preparePhases.includes(phase);
    if (!parallel || processors < 2) return { prepare, serial: Math.min(work, seconds), shared: 0 };
    // seconds = serial + shared / processors, and work = serial + shared.
    const serial = (seconds * processors - work) / (processors - 1);
    const bounded = Math.min(Math.max(serial, 0), work, seconds);
    return { prepare, serial: bounded, shared: work - bounded };
  });
  // Sysroot, toolchain, hashing: what a unit takes beside its phases.
  const rest = record.seconds - (record.phases ?? []).reduce((sum, each) => sum + each.seconds, 0);
  return [...stages, { prepare: false, serial: Math.max(0, rest), shared: 0 }];
}

/** Seconds that all of it takes on unlimited processors, and on one. */
export function bounds(units: readonly Unit[]): { longest: number; work: number } {
  const ends = new Map<string, number>();
  let longest = 0;
  let work = 0;
  for (const { name, dependencies, stages } of units) {
    const sum = (prepare: boolean) =>
      stages.filter((each) => each.prepare === prepare).reduce((all, each) => all + each.serial, 0);
    const ready = Math.max(sum(true), ...dependencies.map((each) => ends.get(each)!));
    ends.set(name, ready + sum(false));
    longest = Math.max(longest, ready + sum(false));
    for (const { serial, shared } of stages) work += serial + shared;
  }
  return { longest, work };
}

/** A unit of the run: its next stage, what is left of it, and whether it holds a token. */
interface State extends Unit {
  next: number;
  left?: Stage;
  held: boolean;
}
type Running = State & { left: Stage };

/** Seconds of the run. `paths`: of each unit, the remaining path of `prepare` and of `build`. */
export function simulate(units: readonly Unit[], paths: Paths, processors: number): number {
  const states = units.map((unit): State => ({ ...unit, next: 0, held: false }));
  const finished = new Set<string>();
  let now = 0;

  const current = (state: State) => state.stages[state.next];
  const priority = (state: State) =>
    paths.get(state.name)![current(state)?.prepare ? 'prepare' : 'build'];
  const isPrepared = (state: State) => state.next > 0 && !current(state)?.prepare;
  const isReady = (state: State) => state.dependencies.every((each) => finished.has(each));

  while (finished.size < states.length) {
    const unfinished = states.filter((state) => !finished.has(state.name));
    const byPriority = unfinished.toSorted((a, b) => priority(b) - priority(a));
    // Which units may do something: unpack ahead, within the limit, or go on with their build.
    const ahead = byPriority.filter((state) => !isReady(state)).slice(0, preparedAhead);
    const able = byPriority.filter(
      (state) => isReady(state) || (ahead.includes(state) && !isPrepared(state)),
    );
    let free = processors - able.filter((state) => state.held).length;
    const given = new Map(able.map((state) => [state, state.held ? 1 : 0]));
    for (const state of able) {
      if (free === 0) break;
      state.left ??= { ...current(state)! };
      if (!state.held) {
        state.held = true;
        given.set(state, 1);
        free--;
      }
      if (state.left.serial === 0 && state.left.shared > 0) {
        given.set(state, given.get(state)! + free);
        free = 0;
      }
    }
    const running = able.filter((state): state is Running => given.get(state)! > 0);
    const until = (state: Running) =>
      state.left.serial > 0 ? state.left.serial : state.left.shared / given.get(state)!;
    const step = Math.min(...running.map(until));
    now += step;
    for (const state of running) {
      const { left } = state;
      if (left.serial > 0) left.serial = remainder(left.serial - step);
      else left.shared = remainder(left.shared - step * given.get(state)!);
      if (left.serial > 0 || left.shared > 0) continue;
      (state as State).left = undefined;
      state.held = false;
      state.next++;
      if (state.next === state.stages.length) finished.add(state.name);
    }
  }
  return now;
}

/** What is left after a step, without the dust of rounding, which would take steps of its own. */
const remainder = (seconds: number) => (seconds < 1e-6 ? 0 : seconds);
