// Recipes, built through the command line as a user would.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Event } from '../../src/events/event.js';
import type { Diagnostic } from '../../src/util/diagnostic.js';

/** What the command line tells of a recipe that was built; `gz` of images only. */
export interface Built {
  output: string;
  gz?: string;
}

const messages = ({ diagnostics }: { diagnostics: readonly Diagnostic[] }) =>
  diagnostics.map(({ message }) => message).join('; ');
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Builds recipes for an architecture and says on standard error what was done. Gives by recipe what
 * the command line tells of it: `output`, the folder that it installed, and for images `gz`. Throws
 * when one was not built. `project` is a folder with recipes of its own, relative to bench/.
 */
export async function build<Recipe extends string>(
  recipes: readonly Recipe[],
  architecture: string,
  { project, jobs }: { project?: string; jobs?: string } = {},
): Promise<Record<Recipe, Built>> {
  const words = ['build', ...recipes, '--arch', architecture, '--json'];
  if (project) words.unshift('-C', at(`../${project}`));
  if (jobs) words.push('-j', jobs);
  const child = spawn(at('../../stubforge'), words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let outputs: Record<string, Built> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as Event;
    if (event.type === 'unit-done') {
      console.error(`built ${event.unit} in ${Math.round(event.seconds)} s`);
    }
    if (event.type === 'unit-failed') {
      console.error(`failed ${event.unit}: ${messages(event)}`);
    }
    if (event.type === 'error') console.error(`error: ${messages(event)}`);
    if (event.type === 'result') ({ outputs } = event.value as { outputs: typeof outputs });
  }
  return Object.fromEntries(
    recipes.map((recipe) => {
      const found = outputs[`${recipe}:${architecture}`] ?? outputs[`${recipe}:native`];
      if (!found) throw new Error(`${recipe} was not built`);
      return [recipe, found];
    }),
  ) as Record<Recipe, Built>;
}
