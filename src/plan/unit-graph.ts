import { formatUnit, NATIVE, type UnitId, type UnitName } from '../events/unit-id.js';
import type { BuildSystem } from '../recipe/build-system.js';
import { namesInWord } from '../recipe/placeholders.js';
import type { Recipe } from '../recipe/recipe.js';
import { sortByNeeds } from '../recipe/recipe-graph.js';
import { answerFiles } from '../toolchain/prefix-layout.js';
import type { BuiltToolchain, ToolchainArchitecture } from '../toolchain/toolchain.js';
import { UserError } from '../util/diagnostic.js';
import { dependencies, type Unit } from './unit.js';

/** What the planner is handed; it reads nothing itself. */
export interface Catalogue {
  recipe(name: string, architecture: string): Recipe;
  buildSystem(name: string, recipe: Recipe): BuildSystem;
  toolchain(architecture: string): {
    description: BuiltToolchain;
    architecture: ToolchainArchitecture;
  };
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
    const toolchain = architecture === NATIVE ? undefined : catalogue.toolchain(architecture);
    const { build } = recipe;
    const buildSystem = build ? catalogue.buildSystem(build, recipe) : undefined;
    const made = { id, name, recipe, architecture, toolchain, buildSystem };
    drafts.set(name, made);
    return made;
  };
  const linked = new Map<UnitName, Links>();
  const links = (name: UnitName): Links => {
    let found = linked.get(name);
    if (!found) {
      found = linksOf(drafts.get(name)!, draft);
      linked.set(name, found);
    }
    return found;
  };

  const { order, cycles } = sortByNeeds(
    wanted.map(({ recipe, architecture }) => draft(recipe, architecture).name),
    (name) => dependencies(links(name)),
  );
  const cycle = cycles[0];
  if (cycle) {
    throw new UserError({
      message: `these recipes need each other: ${cycle.join(' → ')}`,
      span: { file: drafts.get(cycle[0]!)!.recipe.file, field: 'needs' },
      help: 'take one of these needs away',
    });
  }
  const units = new Map<UnitName, Unit>();
  for (const name of order) {
    const made = drafts.get(name)!;
    const own = links(name);
    const sees = new Set<UnitName>();
    for (const need of own.needs) {
      for (const each of units.get(need)!.sees) sees.add(each);
      sees.add(need);
    }
    units.set(name, { ...made, ...own, sees: [...sees] });
  }
  return units;
}

type Draft = Pick<Unit, 'id' | 'name' | 'recipe' | 'architecture' | 'toolchain' | 'buildSystem'>;
type Links = Pick<Unit, 'needs' | 'toolchainUnits' | 'prefixUnits' | 'answersUnit'>;

/** The units that a unit depends on directly. */
function linksOf(
  { recipe, architecture, toolchain, buildSystem }: Draft,
  draft: (recipe: string, architecture: string) => Draft,
): Links {
  const units = (names: readonly string[]) => names.map((each) => draft(each, architecture).name);
  const answers = toolchain?.description.answers;
  // The answers are a part of the toolchain, but asked of all the rest of it.
  const finished = !recipe.bootstrap || recipe.name === answers;
  const compiled = toolchain && finished && recipe.kind !== 'image';
  const prefixUnits = compiled ? units(toolchain.description.librarySysroot) : [];
  return {
    prefixUnits,
    toolchainUnits:
      compiled && recipe.kind === 'program' ? units(toolchain.description.sysroot) : prefixUnits,
    ...(compiled &&
      answers !== undefined &&
      takesAnswers(recipe, buildSystem) && { answersUnit: draft(answers, architecture).name }),
    needs: units(neededRecipes(recipe)),
  };
}

const asked = new WeakMap<BuildSystem, boolean>();

/** Whether a phase, or a word that the recipe gives to one, names a file of the toolchain's answers. */
function takesAnswers({ inputs }: Recipe, buildSystem: BuildSystem | undefined): boolean {
  if (!buildSystem) return false;
  const names = (text: string) =>
    text.includes('{{') && namesInWord(text).some((name) => Object.hasOwn(answerFiles, name));
  let inPhases = asked.get(buildSystem);
  if (inPhases === undefined) {
    inPhases = buildSystem.phases.some(({ run }) => names(run));
    asked.set(buildSystem, inPhases);
  }
  return inPhases || Object.values(inputs).some((words) => words.some(names));
}

/** The names of all recipes whose outputs a recipe takes in. */
export function neededRecipes(recipe: Recipe): string[] {
  const names = new Set(recipe.needs);
  if (recipe.image) {
    names.add(recipe.image.program.recipe);
    for (const file of recipe.image.files) if (file.recipe) names.add(file.recipe);
  }
  return [...names];
}

/** The part of a graph that holds just the named units. */
export function subgraph(graph: UnitGraph, names: readonly UnitName[]): UnitGraph {
  return new Map(names.map((name) => [name, graph.get(name)!]));
}
