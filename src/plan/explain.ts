import type { StaleReason, UnitName } from '../events/event.js';
import type { Plan, PlanWorld } from './make-plan.js';
import { dependencies } from './unit.js';
import { changedParts, unitKey } from './unit-key.js';

/** A part of a unit's key that is not what it was; a side is absent where there was no such part. */
export interface PartChange {
  part: string;
  before?: string;
  after?: string;
}

/** Why one unit has to be built, or need not. */
export interface Explanation {
  unit: UnitName;
  /** Absent for a fresh unit. */
  reason?: StaleReason;
  /** What differs from its newest build; outputs of units that are stale themselves are not known yet. */
  changes: PartChange[];
  /** The stale units that it needs directly. */
  after: UnitName[];
}

/**
 * Explains a unit and, where it only waits for others, these as well, down to what was changed: each
 * unit once, those first that were asked for.
 */
export async function explain(
  plan: Plan,
  world: PlanWorld,
  wanted: readonly UnitName[],
): Promise<Explanation[]> {
  const explanations = new Map<UnitName, Explanation>();
  for (const names = [...wanted]; names.length > 0; ) {
    const name = names.shift()!;
    if (explanations.has(name)) continue;
    const explanation = await explainOne(plan, world, name);
    explanations.set(name, explanation);
    names.push(...explanation.after);
  }
  return [...explanations.values()];
}

async function explainOne(plan: Plan, world: PlanWorld, name: UnitName): Promise<Explanation> {
  const unit = plan.graph.get(name)!;
  const verdict = plan.staleness.get(name)!;
  const last = await world.latest(name);
  const after = dependencies(unit).filter((each) => plan.staleness.get(each)?.state === 'stale');
  // Its own key is not known before the others' outputs are, but the rest of its parts is.
  const key = verdict.key ?? unitKey(unit, { ...(await world.inputs(unit)), outputs: {} });
  const unknown = (part: string) => verdict.key === undefined && part.startsWith('output of ');
  return {
    unit: name,
    ...(verdict.state === 'stale' && { reason: verdict.reason }),
    changes: last
      ? changedParts(last.parts, key.parts)
          .filter((part) => !unknown(part))
          .map((part) => ({ part, before: last.parts[part], after: key.parts[part] }))
      : [],
    after,
  };
}

const reasons: Readonly<Record<StaleReason, string>> = {
  'never-built': 'it was never built before',
  changed: 'it has changed since its last build',
  forced: 'asked for by --force',
  'output-missing': 'its output is gone from the store',
  'dependency-stale': 'what it needs has to be built first',
};

/** An explanation in words, one line or more. */
export function describeExplanation({ unit, reason, changes, after }: Explanation): string[] {
  const lines = [
    reason === undefined
      ? changes.length === 0
        ? `${unit} is fresh: nothing has changed since its last build`
        : `${unit} is fresh: an earlier build, not its last one, had the same key`
      : `${unit} has to be built: ${reasons[reason]}`,
  ];
  for (const change of changes) lines.push(...describeChange(change));
  if (after.length > 0) lines.push(`  after ${after.join(', ')}`);
  return lines;
}

function describeChange({ part, before, after }: PartChange): string[] {
  if (![before, after].some((value) => value?.includes('\n'))) {
    return [`  ${part}: ${shown(before)} → ${shown(after)}`];
  }
  // Of long text only what differs: without the lines that both begin and both end with.
  const old = before?.split('\n') ?? [];
  const now = after?.split('\n') ?? [];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old.at(-1 - tail) === now.at(-1 - tail)
  ) {
    tail++;
  }
  return [
    `  ${part}, line ${head + 1}:`,
    ...old.slice(head, old.length - tail).map((line) => `    - ${line}`),
    ...now.slice(head, now.length - tail).map((line) => `    + ${line}`),
  ];
}

function shown(value: string | undefined): string {
  if (value === undefined) return '(none)';
  if (value === '') return "''";
  // Nobody compares more digits of a hash by eye.
  return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;
}
