/** The order in which recipes need each other, and the cycles that make one impossible. */
import type { Diagnostic } from '../util/diagnostic.js';

/**
 * Sorts names so that each comes after everything that it needs, and finds the cycles that make this
 * impossible; the last name of a cycle is its first. `needs` gives a name's direct needs. Works
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

/** The diagnostic of a cycle; `spanOf` gives the span where one name needs the next. */
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
    id: 'recipe.cycle',
    message: `these recipes need each other: ${cycle.join(' → ')}`,
    span: steps[0]!.span,
    details: steps.map((step) => step.text),
    help: 'remove one of these needs',
  };
}
