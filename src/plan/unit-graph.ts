import { neededRecipes } from '../artifacts/kinds.js';
import { formatUnit, NATIVE, type UnitId, type UnitName } from '../events/unit-id.js';
import type { BuildSystem } from '../recipe/build-system.js';
import { namesInWord } from '../recipe/placeholders.js';
import { type BuiltRecipe, isBuilt, type Recipe } from '../recipe/recipe.js';
import { cycleDiagnostic, sortByNeeds } from '../recipe/recipe-graph.js';
import { answerFiles } from '../toolchain/prefix-layout.js';
import type { TargetToolchain } from '../toolchain/toolchain.js';
import { UserError } from '../util/diagnostic.js';
import { type ArtifactUnit, type BuiltUnit, dependencies, type Unit } from './unit.js';

/** What the planner is handed; it reads nothing itself. */
export interface Catalogue {
  recipe(name: string, architecture: string): Recipe;
  buildSystem(name: string, recipe: BuiltRecipe): BuildSystem;
  toolchain(architecture: string): TargetToolchain;
}

/** Units in dependency order: each stands behind all that it depends on. */
export type UnitGraph = ReadonlyMap<UnitName, Unit>;

/**
 * The units of the wanted recipes and of all that they need. Throws UserError for an unknown
 * recipe or architecture, for a cycle, and for a need that makes no sense (a library that needs an
 * image). Works without recursion, so that a chain of needs may be of any length.
 */
export function unitGraph(
  catalogue: Catalogue,
  wanted: readonly { recipe: string; architecture: string }[],
): UnitGraph {
  const drafts = new Map<UnitName, Draft>();
  /** The unit that a recipe gives for an architecture. */
  const draft = (recipeName: string, requested: string): Draft => {
    const probe = catalogue.recipe(recipeName, requested);
    const architecture = probe.kind === 'tool' ? NATIVE : requested;
    const id: UnitId = { recipe: recipeName, architecture };
    const name = formatUnit(id);
    const known = drafts.get(name);
    if (known) return known;
    const recipe = probe.kind === 'tool' ? catalogue.recipe(recipeName, NATIVE) : probe;
    const made: Draft = isBuilt(recipe)
      ? {
          id,
          name,
          recipe,
          architecture,
          toolchain: architecture === NATIVE ? undefined : catalogue.toolchain(architecture),
          buildSystem: catalogue.buildSystem(recipe.build, recipe),
        }
      : { id, name, recipe, architecture };
    drafts.set(name, made);
    return made;
  };
  const linkedUnits = new Map<UnitName, Linked>();
  const asked: Asked = new Map();
  const linked = (name: UnitName): Linked => {
    let found = linkedUnits.get(name);
    if (!found) {
      found = link(drafts.get(name)!, draft, asked);
      linkedUnits.set(name, found);
    }
    return found;
  };

  const { order, cycles } = sortByNeeds(
    wanted.map(({ recipe, architecture }) => draft(recipe, architecture).name),
    (name) => dependencies(linked(name)),
  );
  if (cycles.length > 0) {
    const spanOf = (name: string) => ({ file: drafts.get(name)!.recipe.file, field: 'needs' });
    throw new UserError(cycles.map((cycle) => cycleDiagnostic(cycle, spanOf)));
  }
  const units = new Map<UnitName, Unit>();
  for (const name of order) {
    const own = linked(name);
    const sees = new Set<UnitName>();
    for (const need of own.needs) {
      for (const each of units.get(need)!.sees) sees.add(each);
      sees.add(need);
    }
    units.set(name, { ...own, sees: [...sees] });
  }
  return units;
}

type Links = 'needs' | 'toolchainUnits' | 'prefixUnits' | 'answersUnit' | 'sees';
type BuiltDraft = Omit<BuiltUnit, Links>;
type Draft = BuiltDraft | Omit<ArtifactUnit, Links>;
type Linked = Omit<BuiltUnit, 'sees'> | Omit<ArtifactUnit, 'sees'>;

/** The same with the units that it depends on directly. */
function link(
  unit: Draft,
  draft: (recipe: string, architecture: string) => Draft,
  asked: Asked,
): Linked {
  const units = (names: readonly string[]) =>
    names.map((each) => draft(each, unit.architecture).name);
  const needs = units(neededRecipes(unit.recipe));
  if (!('buildSystem' in unit)) return { ...unit, needs };
  const { recipe, toolchain } = unit;
  const answers = toolchain?.sysroot.answers;
  // The answers are a part of the toolchain, but asked of all the rest of it.
  const finished = !recipe.bootstrap || recipe.name === answers;
  if (!toolchain || !finished) return { ...unit, prefixUnits: [], toolchainUnits: [], needs };
  const prefixUnits = units(toolchain.sysroot.libraries);
  return {
    ...unit,
    prefixUnits,
    toolchainUnits: recipe.kind === 'program' ? units(toolchain.sysroot.programs) : prefixUnits,
    ...(answers !== undefined && takesAnswers(unit, asked) && { answersUnit: units([answers])[0] }),
    needs,
  };
}

/** Whether a phase, or a word that the recipe gives to one, names a file of the toolchain's answers. */
function takesAnswers({ recipe, buildSystem }: BuiltDraft, asked: Asked): boolean {
  const names = (text: string) =>
    text.includes('{{') && namesInWord(text).some((name) => Object.hasOwn(answerFiles, name));
  let inPhases = asked.get(buildSystem);
  if (inPhases === undefined) {
    inPhases = buildSystem.phases.some(({ run }) => names(run));
    asked.set(buildSystem, inPhases);
  }
  return inPhases || Object.values(recipe.inputs).some((words) => words.some(names));
}

/** Which build systems have phases that take answers; thousands of units share a few of them. */
type Asked = Map<BuildSystem, boolean>;

/** The part of a graph that holds just the named units. */
export function subgraph(graph: UnitGraph, names: readonly UnitName[]): UnitGraph {
  return new Map(names.map((name) => [name, graph.get(name)!]));
}
