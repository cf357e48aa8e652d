import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BootSettings } from '../artifacts/artifact-kind.js';
import { artifactFiles, artifactKind } from '../artifacts/kinds.js';
import { installedPrograms } from '../engine/unit/installed-files.js';
import type { FindHypervisor } from '../lab/hypervisor.js';
import { isBuilt } from '../recipe/recipe.js';
import { loadRecipes } from '../recipe/recipe-set.js';
import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import { requireNewestOutput, toolOutput } from './built-outputs.js';
import type { Session } from './session.js';
import { defaultArchitecture } from './unit-argument.js';

/** An image that the user named: by file, or by recipe when it was built before. */
export interface NamedImage {
  file: string;
  /** What the recipe says, where the image was named by it. */
  settings?: BootSettings;
}

/**
 * A program of a recipe's newest build for the architecture. It is a complete image, as the
 * toolchain links it, without packed files and arguments. `program` is its name, or its path in the
 * output where several have that name. Throws UserError when there is no such program.
 */
export async function resolveProgram(
  session: Session,
  text: string,
  program: string,
  architecture: string = defaultArchitecture,
): Promise<NamedImage> {
  const recipes = await loadRecipes(session.project);
  recipes.evaluate(text, architecture);
  const newest = await requireNewestOutput(session, { recipe: text, architecture });
  const directory = session.store.outputDirectory(newest);
  const paths = installedPrograms(directory);
  const found = paths.filter((path) => path === program || basename(path) === program);
  if (found.length === 1) return { file: join(directory, found[0]!) };
  if (found.length > 1) {
    throw new UserError({
      id: 'boot.ambiguous-program',
      message: `${text} has installed several programs called '${program}'`,
      details: found,
      help: 'name one of them by its path',
    });
  }
  const names = paths.map((path) => basename(path));
  throw new UserError({
    id: 'boot.unknown-program',
    message: `${text} has installed no program called '${program}'`,
    help: suggestion(program, names, 'programs'),
  });
}

/**
 * A file by that name wins; otherwise an image recipe's newest build for the architecture. Throws
 * UserError when it is neither.
 */
export async function resolveImage(
  session: Session,
  text: string,
  architecture: string = defaultArchitecture,
): Promise<NamedImage> {
  if (existsSync(text) || text.includes('/')) return { file: text };
  const recipes = await loadRecipes(session.project);
  if (!recipes.has(text)) return { file: text };
  const recipe = recipes.evaluate(text, architecture);
  const settings = isBuilt(recipe) ? undefined : artifactKind(recipe).bootSettings(recipe);
  if (!settings) {
    throw new UserError({
      id: 'boot.not-an-image',
      message: `${text} is a ${recipe.kind}, and only images boot`,
      help:
        recipe.kind === 'program'
          ? `name one of its programs: stubforge boot ${text} --program NAME`
          : 'name an image, by its recipe or its file',
    });
  }
  const output = await requireNewestOutput(session, { recipe: text, architecture });
  const files = artifactFiles(recipe, session.store.outputDirectory(output));
  if (!files) {
    throw new UserError({
      id: 'boot.other-output',
      message: `what ${text} was last built into for ${architecture} is no ${recipe.kind}`,
      details: [session.store.outputDirectory(output)],
      help: `the recipe has changed since; build it again: stubforge build ${text} --arch ${architecture}`,
    });
  }
  return { file: files.main, settings };
}

/** The recipe of the hypervisor that runs guests of this width in the lab. */
export function hypervisorRecipe(bits: number): string {
  return bits === 32 ? 'xen-hypervisor-pv32' : 'xen-hypervisor';
}

/** Looks for hypervisors in the store: those that the lab's tool recipes built. */
export function hypervisorFinder(session: Session): FindHypervisor {
  return async (bits) => {
    const recipe = hypervisorRecipe(bits);
    return toolOutput(session, recipe, `usr/lib/xen/boot/${bits === 32 ? 'xen-pv32' : 'xen'}.gz`);
  };
}
