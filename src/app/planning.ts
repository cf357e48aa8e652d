import type { LoadedCatalogue } from '../engine/catalogue.js';
import type { Engine } from '../engine/engine.js';
import { toolchainTools } from '../engine/environment/unit-tools.js';
import { LocalExecutor } from '../engine/executor/local-executor.js';
import { planWorld } from '../engine/plan-inputs.js';
import { ProcessGroups } from '../engine/unit/run-command.js';
import { requireTools } from '../machine/build-tools.js';
import { makePlan, type Plan, type PlanWorld } from '../plan/make-plan.js';
import type { Unit } from '../plan/unit.js';
import type { UnitGraph } from '../plan/unit-graph.js';
import { settings } from '../project/settings.js';
import { recipeSources } from '../recipe/recipe.js';
import { type SandboxKind, sandboxKinds } from '../sandbox/sandbox.js';
import { readLock } from '../source/lock-file.js';
import { lockSources } from '../source/lock-sources.js';
import { sourceIdentity } from '../source/source-identity.js';
import type { Depth } from '../store/inspect-tree.js';
import type { HeldStore } from '../store/store.js';
import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import { type Selection, selectUnits } from './selection.js';
import type { Session } from './session.js';

export interface Planned {
  engine: Engine;
  catalogue: LoadedCatalogue;
  graph: UnitGraph;
  world: PlanWorld;
  plan: Plan;
  /** The units that were asked for, without what they need. */
  wanted: Unit[];
}

/** Selects and plans; `held` as for planSelection. */
export async function planRecipes(
  session: Session,
  held: HeldStore,
  names: readonly string[],
  options: { arch?: string; force?: boolean; depth?: Depth; sandbox?: string },
): Promise<Planned> {
  return planSelection(session, held, await selectUnits(session, names, options.arch), options);
}

/**
 * Says of each unit whether it is stale. Sources that no lock file knows are locked on the way,
 * which needs the network. Outputs of wanted units are checked as closely as `depth` says; those that
 * are damaged beyond repair are planned to be built again.
 *
 * A plan relies on the outputs that it found, so the caller holds the store for as long as it uses the
 * plan or an output that came of it.
 */
export async function planSelection(
  session: Session,
  { store }: HeldStore,
  { catalogue, graph, requested }: Selection,
  options: { force?: boolean; depth?: Depth; sandbox?: string },
): Promise<Planned> {
  const { project } = session;
  // Keys hold the identity of the compiler, so without one there is nothing to plan.
  await requireTools([...graph.values()].flatMap(toolchainTools));
  let lock = await readLock(project, session.memo);
  const unlocked = [];
  for (const unit of graph.values()) {
    for (const source of recipeSources(unit.recipe)) {
      if ((await sourceIdentity(source, lock)) === undefined) unlocked.push(source);
    }
  }
  if (unlocked.length > 0) lock = await lockSources(project, unlocked, session);

  const { machine, environments, cache } = session;
  const groups = new ProcessGroups();
  const engine: Engine = {
    project,
    catalogue,
    store,
    cache,
    executor: new LocalExecutor({ store, catalogue, environments, groups }),
    environments,
    machine,
    memo: session.memo,
    lock,
    sandbox: sandboxKind(options.sandbox),
    offline: session.offline,
    emit: session.emit,
    signal: session.signal,
    groups,
  };
  const world = planWorld(engine);
  const wantedNames = new Set(requested.map((each) => each.recipe));
  const wanted = [...graph.values()].filter((unit) => wantedNames.has(unit.recipe.name));
  const forced = new Set(options.force ? wanted.map((unit) => unit.name) : []);
  let plan = await makePlan(graph, world, forced);
  // What was asked for is handed out by path; what it was made of is checked when it is used.
  if (await repairOrSetAside(engine, plan, wanted, options.depth ?? 'metadata')) {
    plan = await makePlan(graph, world, forced);
  }
  return { engine, catalogue, graph, world, plan, wanted };
}

/**
 * Puts damaged outputs of fresh units aside, or restores them; true when one was lost, so that the
 * plan is no longer valid.
 */
async function repairOrSetAside(
  { cache, signal }: Engine,
  plan: Plan,
  units: readonly Unit[],
  depth: Depth,
): Promise<boolean> {
  let lost = false;
  for (const { name } of units) {
    const verdict = plan.staleness.get(name)!;
    if (verdict.state !== 'fresh') continue;
    if (!(await cache.fetch(verdict.output, { depth, signal }))) lost = true;
  }
  return lost;
}

/** What `--sandbox` says, else $STUBFORGE_SANDBOX; bubblewrap unless somebody says otherwise. */
export function sandboxKind(option: string | undefined): SandboxKind {
  const text = option ?? settings.sandbox ?? 'bubblewrap';
  const kind = sandboxKinds.find((each) => each === text);
  if (kind) return kind;
  throw new UserError(
    {
      id: 'cli.unknown-sandbox',
      message: `there is no sandbox '${text}'${option === undefined ? ' (from $STUBFORGE_SANDBOX)' : ''}`,
      help: suggestion(text, sandboxKinds, 'sandboxes'),
    },
    2,
  );
}
