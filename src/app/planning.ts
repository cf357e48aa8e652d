import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packingVersion, packUnitImage } from '../artifacts/image/image-kind.js';
import type { Context } from '../cli/context.js';
import { type LoadedCatalogue, loadCatalogue } from '../engine/catalogue.js';
import { type Engine, storeOf } from '../engine/engine.js';
import { toolsForGraph } from '../engine/environment/unit-tools.js';
import { planWorld } from '../engine/plan-inputs.js';
import type { UnitName } from '../events/event.js';
import { formatUnit, NATIVE } from '../events/unit-id.js';
import { compilerTools, requireTools, sandboxTools } from '../machine/build-tools.js';
import { makePlan, type Plan, type PlanWorld } from '../plan/make-plan.js';
import type { Unit } from '../plan/unit.js';
import { type UnitGraph, unitGraph } from '../plan/unit-graph.js';
import { requireBubblewrap } from '../sandbox/available.js';
import { type SandboxKind, sandboxKinds } from '../sandbox/sandbox.js';
import { readLock } from '../source/lock-file.js';
import { lockSources } from '../source/lock-sources.js';
import { sourceIdentity } from '../source/source-identity.js';
import type { Depth } from '../store/inspect-tree.js';
import { repairOutput } from '../store/repair-output.js';
import type { Store } from '../store/store.js';
import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';

export interface Planned {
  engine: Engine;
  catalogue: LoadedCatalogue;
  graph: UnitGraph;
  world: PlanWorld;
  plan: Plan;
  /** The units that were asked for, without what they need. */
  wanted: Unit[];
}

export const defaultArchitecture = 'stubdom-amd64';

/** `stubdom-amd64`, `stubdom-amd64,stubdom-i386` or `all`. */
export function architectures(catalogue: LoadedCatalogue, option: string | undefined): string[] {
  const known = catalogue.toolchains.flatMap((toolchain) =>
    toolchain.kind === 'built' ? toolchain.architectures.map((each) => each.name) : [],
  );
  if (option === 'all') return known;
  const names = (option ?? defaultArchitecture).split(',');
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new UserError(
      {
        message: `there is no architecture '${name}'`,
        help: suggestion(name, [...known, 'all'], 'architectures'),
      },
      2,
    );
  }
  return names;
}

export interface Selection {
  catalogue: LoadedCatalogue;
  graph: UnitGraph;
  requested: readonly { recipe: string; architecture: string }[];
}

/** The units of the named recipes (all of the project when none is named) and all they need. */
export async function selectUnits(
  context: Context,
  names: readonly string[],
  arch: string | undefined,
): Promise<Selection> {
  const catalogue = await loadCatalogue(context.project);
  const recipes = names.length > 0 ? names : catalogue.recipes.names;
  // The planner would find a cycle too, but could not show where it is written.
  const cycles = catalogue.recipes.cycles(recipes.filter((name) => catalogue.recipes.has(name)));
  if (cycles.length > 0) throw new UserError(cycles);
  const requested = architectures(catalogue, arch).flatMap((architecture) =>
    recipes
      .filter((recipe) => names.length > 0 || catalogue.recipes.supports(recipe, architecture))
      .map((recipe) => ({ recipe, architecture })),
  );
  const graph = unitGraph(catalogue, requested);
  await catalogue.recipes.save();
  return { catalogue, graph, requested };
}

/** Selects and plans. */
export async function planRecipes(
  context: Context,
  names: readonly string[],
  options: { arch?: string; force?: boolean; depth?: Depth; sandbox?: string },
): Promise<Planned> {
  return planSelection(context, await selectUnits(context, names, options.arch), options);
}

/**
 * Says of each unit whether it is stale. Sources that no lock file knows are locked on the way,
 * which needs the network. Outputs of wanted units are checked as closely as `depth` says; those that
 * are damaged beyond repair are planned to be built again.
 */
export async function planSelection(
  context: Context,
  { catalogue, graph, requested }: Selection,
  options: { force?: boolean; depth?: Depth; sandbox?: string },
): Promise<Planned> {
  const { project } = context;
  // Keys hold the identity of the compiler, so without one there is nothing to plan.
  if ([...graph.values()].some((unit) => unit.toolchain)) await requireTools(compilerTools);
  let lock = await readLock(project);
  const unlocked = [];
  for (const unit of graph.values()) {
    const source = unit.recipe.source;
    if (source && (await sourceIdentity(source, lock)) === undefined) unlocked.push(source);
  }
  if (unlocked.length > 0) lock = await lockSources(project, unlocked, context);

  const engine: Engine = {
    project,
    catalogue,
    store: storeOf(project, context.emit),
    lock,
    packImage: packUnitImage,
    sandbox: sandboxKind(options.sandbox),
    packingVersion,
    offline: context.offline,
    emit: context.emit,
    signal: context.signal,
  };
  const world = planWorld(engine);
  const wantedNames = new Set(requested.map((each) => each.recipe));
  const wanted = [...graph.values()].filter((unit) => wantedNames.has(unit.recipe.name));
  const forced = new Set(options.force ? wanted.map((unit) => unit.name) : []);
  let plan = await makePlan(graph, world, forced);
  // What was asked for is handed out by path; what it was made of is checked when it is used.
  if (await loseDamaged(engine, plan, wanted, options.depth ?? 'metadata')) {
    plan = await makePlan(graph, world, forced);
  }
  return { engine, catalogue, graph, world, plan, wanted };
}

/**
 * Puts damaged outputs of fresh units aside, or restores them; true when one was lost, so that the
 * plan does not hold any more.
 */
async function loseDamaged(
  { store, signal }: Engine,
  plan: Plan,
  units: readonly Unit[],
  depth: Depth,
): Promise<boolean> {
  let lost = false;
  for (const { name } of units) {
    const verdict = plan.staleness.get(name)!;
    if (verdict.state !== 'fresh') continue;
    const { state } = await repairOutput(store, verdict.output, depth, signal);
    lost ||= state === 'lost';
  }
  return lost;
}

/** For commander's `.option()`, of every command that builds. */
export const sandboxOption = [
  '--sandbox <kind>',
  'bubblewrap or none: what encloses builds (default: $STUBFORGE_SANDBOX, else bubblewrap)',
] as const;

/** What `--sandbox` says, else $STUBFORGE_SANDBOX; bubblewrap unless somebody says otherwise. */
export function sandboxKind(option: string | undefined): SandboxKind {
  const text = option ?? (process.env.STUBFORGE_SANDBOX || 'bubblewrap');
  const kind = sandboxKinds.find((each) => each === text);
  if (kind) return kind;
  throw new UserError(
    {
      message: `there is no sandbox '${text}'${option === undefined ? ', as $STUBFORGE_SANDBOX says' : ''}`,
      help: suggestion(text, sandboxKinds, 'sandboxes'),
    },
    2,
  );
}

/**
 * Looks whether this machine has what the build of some units uses, their sandbox too; throws
 * UserError where not. Says what is not guaranteed when there is to be no sandbox.
 */
export async function requireBuildMachine(engine: Engine, units: UnitGraph): Promise<void> {
  if (units.size === 0) return;
  const tools = toolsForGraph(units);
  if (engine.sandbox === 'bubblewrap') {
    await requireTools([...tools, ...sandboxTools]);
    await requireBubblewrap();
    return;
  }
  await requireTools(tools);
  engine.emit({
    type: 'note',
    message:
      'no sandbox: builds see the files, commands and network of this machine, so that outputs may depend on them; undeclared tools and escapes are not noticed',
  });
}

/** The paths of an image's files in an output; undefined when it holds no image of that name. */
export function imageFiles(store: Store, output: string, name: string) {
  const folder = join(store.outputDirectory(output), 'boot');
  const elf = join(folder, `${name}.elf`);
  const gz = join(folder, `${name}.gz`);
  return existsSync(elf) ? { elf, gz } : undefined;
}

/** The newest output of a unit, after a check of its contents; undefined when there is none. */
export async function newestOutput(
  context: Context,
  unit: UnitName,
): Promise<{ store: Store; output: string } | undefined> {
  const store = storeOf(context.project, context.emit);
  const record = await store.latest(unit);
  if (!record || !store.has(record.output)) return undefined;
  const { output } = record;
  const { state } = await repairOutput(store, output, 'contents', context.signal);
  return state === 'lost' ? undefined : { store, output };
}

/** A file of a tool's newest build; undefined when it was not built. */
export async function toolOutput(
  context: Context,
  recipe: string,
  file: string,
): Promise<string | undefined> {
  const newest = await newestOutput(context, formatUnit({ recipe, architecture: NATIVE }));
  const path = newest && join(newest.store.outputDirectory(newest.output), file);
  return path && existsSync(path) ? path : undefined;
}
