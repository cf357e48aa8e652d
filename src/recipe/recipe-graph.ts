/** Which recipe needs which, and whether that makes sense. */
import type { Diagnostic } from '../util/diagnostic.js';
import type { YamlPath } from '../yaml/yaml-file.js';
import type { WrittenRecipe } from './read-recipe.js';
import type { RecipeKind } from './recipe.js';
import type { WrittenBuiltPart, WrittenImagePart } from './recipe-schema.js';

/** A recipe's name in another recipe, with its place there. */
export interface Reference {
  name: string;
  path: YamlPath;
}

/** The recipes that one names, in its blocks for the given architectures too. */
export function references(
  { value }: WrittenRecipe,
  architectures: readonly string[],
): Reference[] {
  const blocks = value as unknown as Record<string, WrittenBuiltPart & WrittenImagePart>;
  const found: Reference[] = [];
  const collect = (part: WrittenBuiltPart & WrittenImagePart, path: YamlPath) => {
    for (const [index, name] of (part.needs ?? []).entries()) {
      found.push({ name, path: [...path, 'needs', index] });
    }
    if (part.program) {
      found.push({ name: part.program.recipe, path: [...path, 'program', 'recipe'] });
    }
    for (const [index, file] of (part.files ?? []).entries()) {
      if (file.recipe === undefined) continue;
      found.push({ name: file.recipe, path: [...path, 'files', index, 'recipe'] });
    }
  };
  collect(value as WrittenBuiltPart & WrittenImagePart, []);
  for (const architecture of architectures) {
    if (Object.hasOwn(blocks, architecture)) collect(blocks[architecture]!, [architecture]);
  }
  return found;
}

/** Why a recipe of one kind cannot need one of another; undefined when it can. */
export function badNeed(kind: RecipeKind, needed: RecipeKind, name: string): string | undefined {
  if (needed === 'image') {
    return `${kind === 'image' ? 'an' : 'a'} ${kind} cannot need '${name}', which is an image: nothing can be linked with it`;
  }
  if (kind === 'tool' && needed !== 'tool') {
    return `a tool runs on the build machine and cannot need '${name}', a ${needed} for stub domains`;
  }
  if (kind === 'image' && needed === 'tool') {
    return `an image cannot hold '${name}', a tool that runs on the build machine`;
  }
  return undefined;
}

/**
 * Sorts names so that each stands behind all that it needs, and finds the cycles that forbid it;
 * each cycle is a list whose last name is its first. `needs` gives a name's direct needs. Works
 * without recursion: a chain of needs may be as long as there are recipes.
 */
export function sortByNeeds(
  wanted: readonly string[],
  needs: (name: string) => readonly string[],
): { order: string[]; cycles: string[][] } {
  const order: string[] = [];
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const path: { name: string; open: readonly string[]; next: number }[] = [];
  const onPath = new Map<string, number>();
  const enter = (name: string) => {
    onPath.set(name, path.length);
    path.push({ name, open: needs(name), next: 0 });
  };
  for (const name of wanted) {
    if (!finished.has(name)) enter(name);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const need = top.open[top.next++];
      if (need === undefined) {
        path.pop();
        onPath.delete(top.name);
        finished.add(top.name);
        order.push(top.name);
      } else if (onPath.has(need)) {
        cycles.push([...path.slice(onPath.get(need)).map((each) => each.name), need]);
      } else if (!finished.has(need)) {
        enter(need);
      }
    }
  }
  return { order, cycles };
}

/** The report on a cycle; `placeOf` gives the place where one name needs the next. */
export function cycleDiagnostic(
  cycle: readonly string[],
  spanOf: (name: string, need: string) => Diagnostic['span'],
): Diagnostic {
  const steps = cycle.slice(0, -1).map((name, index) => {
    const span = spanOf(name, cycle[index + 1]!);
    const at = [span?.file, span?.line, span?.column].filter((part) => part !== undefined);
    return { span, text: `${name} needs ${cycle[index + 1]} at ${at.join(':')}` };
  });
  return {
    message: `these recipes need each other: ${cycle.join(' → ')}`,
    span: steps[0]!.span,
    details: steps.map((step) => step.text),
    help: 'take one of these needs away',
  };
}
