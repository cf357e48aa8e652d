import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { isBuilt } from '../../src/recipe/recipe.js';
import { loadRecipes, type RecipeSet } from '../../src/recipe/recipe-set.js';
import { renderDiagnostic, UserError } from '../../src/util/diagnostic.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A small build system, so that the tests do not change with the real ones. */
export const plainSystem = `
name: plain
summary: for tests
inputs:
  configure: { summary: words for configure }
  make: { summary: words for make, default: [all] }
  script: { summary: shell text, type: text }
phases:
  - name: build
    run: |
      true {{configure}} {{make}} {{script}}
`;

export const architectures = ['stubdom-amd64', 'stubdom-i386'];

/** Writes files below a new temporary folder, which is removed after the tests of the file. */
export function writeTree(files: Record<string, string | Uint8Array>): string {
  const root = mkdtempSync(join(tmpdir(), 'stubforge-recipe-'));
  folders.push(root);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

/** The recipes of a project that holds these files besides the build system `plain`. */
export async function recipesOf(
  files: Record<string, string | Uint8Array>,
): Promise<{ root: string; recipes: RecipeSet }> {
  const root = writeTree({ 'recipes/build-systems/plain.yaml': plainSystem, ...files });
  const project = {
    recipeDirs: [join(root, 'recipes')],
    toolchainDirs: [join(root, 'toolchains')],
  };
  return { root, recipes: await loadRecipes(project, { architectures }) };
}

/** A recipe that is no artifact, evaluated. */
export function evaluated(recipes: RecipeSet, name: string, architecture = 'stubdom-amd64') {
  const recipe = recipes.evaluate(name, architecture);
  if (!isBuilt(recipe)) throw new Error(`${name} is of kind ${recipe.kind}`);
  return recipe;
}

/** All diagnostics of such a project as the user reads them, with the folder left out. */
export async function diagnosticsIn(files: Record<string, string | Uint8Array>): Promise<string> {
  const { root, recipes } = await recipesOf(files);
  return rendered(recipes.diagnostics, root);
}

/** The text of the problems of a UserError that `action` throws. */
export async function thrownBy(action: () => unknown, root: string): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof UserError) return rendered(error.diagnostics, root);
    throw error;
  }
  throw new Error('nothing was thrown');
}

function rendered(
  diagnostics: readonly Parameters<typeof renderDiagnostic>[0][],
  root: string,
): string {
  return `\n${diagnostics.map((each) => renderDiagnostic(each)).join('\n')}\n`
    .replaceAll(`${root}/`, '')
    .replaceAll(root, 'PROJECT');
}

/** A whole recipe called `name` with some more lines. */
export function recipe(name: string, more = ''): string {
  return `name: ${name}\nsummary: for tests\nsource: { debian: lib${name} }\nbuild: plain\n${more}`;
}
