import type { StaleReason, UnitName } from '../events/event.js';
import type { Cache } from '../store/cache.js';
import { dependencies, type Unit, visibleUnits } from './unit.js';
import type { UnitGraph } from './unit-graph.js';
import { changedParts, type Key, type KeyInputs, unitKey } from './unit-key.js';

/** What the planner asks of the world; handed in so that planning itself reads nothing. */
export interface PlanWorld extends Pick<Cache, 'lookup' | 'latest'> {
  /** Hashes of what lies outside of the recipe; `outputs` of dependencies are known to the caller. */
  inputs(unit: Unit): Promise<Omit<KeyInputs, 'outputs'>>;
}

export type Staleness =
  | { state: 'fresh'; key: Key; output: string; reason: string }
  | { state: 'stale'; key?: Key; reason: StaleReason; detail: string; lastSeconds?: number };

export interface Plan {
  graph: UnitGraph;
  staleness: ReadonlyMap<UnitName, Staleness>;
  build: readonly UnitName[];
  fresh: readonly UnitName[];
}

/** Says of every unit of the graph whether it has to be built, and why. */
export async function makePlan(
  graph: UnitGraph,
  world: PlanWorld,
  forced: ReadonlySet<UnitName> = new Set(),
): Promise<Plan> {
  const staleness = new Map<UnitName, Staleness>();
  for (const unit of graph.values()) {
    const stale = dependencies(unit).filter((each) => staleness.get(each)?.state === 'stale');
    const last = await world.latest(unit.name);
    if (stale.length > 0) {
      staleness.set(unit.name, {
        state: 'stale',
        reason: 'dependency-stale',
        detail: `after ${stale.join(', ')}`,
        lastSeconds: last?.seconds,
      });
      continue;
    }
    const outputs = outputsSeen(unit, (name) => {
      const verdict = staleness.get(name);
      return verdict?.state === 'fresh' ? verdict.output : undefined;
    });
    staleness.set(unit.name, await judge(unit, outputs, world, forced.has(unit.name)));
  }
  const names = [...graph.keys()];
  return {
    graph,
    staleness,
    build: names.filter((name) => staleness.get(name)!.state === 'stale'),
    fresh: names.filter((name) => staleness.get(name)!.state === 'fresh'),
  };
}

/** Judges one unit whose dependencies' outputs are all known. */
export async function judge(
  unit: Unit,
  outputs: Record<string, string>,
  world: PlanWorld,
  forced = false,
): Promise<Staleness & { key: Key }> {
  const key = unitKey(unit, { ...(await world.inputs(unit)), outputs });
  const last = await world.latest(unit.name);
  const stale = (reason: StaleReason, detail: string) =>
    ({ state: 'stale', key, reason, detail, lastSeconds: last?.seconds }) as const;
  if (forced) return stale('forced', 'asked for by --force');
  const known = await world.lookup(key.key);
  if (known) {
    const reason = `key ${key.key.slice(0, 12)} has an output`;
    return { state: 'fresh', key, output: known.output, reason };
  }
  if (!last) return stale('never-built', 'never built before');
  if (last.key === key.key) return stale('output-missing', 'its output is gone from the store');
  return stale('changed', `changed: ${changedParts(last.parts, key.parts).join(', ')}`);
}

/** The content hashes of all outputs that a unit can see. */
export function outputsSeen(
  unit: Unit,
  outputOf: (name: UnitName) => string | undefined,
): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const name of visibleUnits(unit)) {
    const output = outputOf(name);
    if (output === undefined) throw new Error(`${unit.name} was judged before ${name}`);
    outputs[name] = output;
  }
  return outputs;
}
