import type { StaleReason, UnitName } from '../events/event.js';
import type { Plan } from '../plan/make-plan.js';
import { planRecipes } from './planning.js';
import type { Session } from './session.js';

/** A unit of a plan, and why it is built or not. */
export type PlanRow =
  | { unit: UnitName; state: 'fresh'; reason: string; output: string }
  | {
      unit: UnitName;
      state: 'build';
      /** In words. */
      reason: string;
      code: StaleReason;
      /** How long its last build took; absent where it was never built. */
      lastSeconds?: number;
    };

export interface PlanOptions {
  /** Architectures, separated by commas, or `all`; the default one when absent. */
  arch?: string;
  /** As if the named recipes had to be built again. */
  force?: boolean;
  sandbox?: string;
}

/**
 * What a build of recipes (of all, when none is named) would do, in the order in which the units could
 * be built. Builds nothing. Throws UserError as planning does.
 */
export async function listPlan(
  session: Session,
  names: readonly string[],
  options: PlanOptions = {},
): Promise<PlanRow[]> {
  await using held = await session.holdStoreIfAny();
  const { plan } = await planRecipes(session, held, names, options);
  return [...plan.graph.keys()].map((unit) => planRow(plan, unit));
}

function planRow({ staleness }: Plan, unit: UnitName): PlanRow {
  const verdict = staleness.get(unit)!;
  return verdict.state === 'fresh'
    ? { unit, state: 'fresh', reason: verdict.reason, output: verdict.output }
    : {
        unit,
        state: 'build',
        reason: verdict.detail,
        code: verdict.reason,
        lastSeconds: verdict.lastSeconds,
      };
}
