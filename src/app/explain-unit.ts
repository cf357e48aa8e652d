import type { UnitId } from '../events/unit-id.js';
import { type Explanation, explain } from '../plan/explain.js';
import { planRecipes } from './planning.js';
import type { Session } from './session.js';
import { architectureOption, findUnit } from './unit-argument.js';

/**
 * Why a unit would be built, or need not; first the unit itself, then, where it only waits for others,
 * these. Builds nothing. Throws UserError when there is no such unit, and as planning does.
 */
export async function explainUnit(session: Session, id: UnitId): Promise<Explanation[]> {
  await using held = await session.holdStoreIfAny();
  const { graph, plan, world } = await planRecipes(session, held, [id.recipe], {
    arch: architectureOption(id),
  });
  return await explain(plan, world, [findUnit(graph, id).name]);
}
