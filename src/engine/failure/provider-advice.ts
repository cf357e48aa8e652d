/** What provides a header, a library or a pkg-config module, and the line to write in the recipe. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatUnit } from '../../events/unit-id.js';
import { developmentFolders, multiarch, packageWith } from '../../machine/development-files.js';
import type { BuiltUnit } from '../../plan/unit.js';
import { type BuiltRecipe, isBuilt, type Recipe } from '../../recipe/recipe.js';
import { UserError } from '../../util/diagnostic.js';
import type { BuildSite } from '../engine.js';
import type { Advice } from './advice.js';

const nouns = { header: 'header', library: 'library', pkgconfig: 'pkg-config module' } as const;
export type Provided = keyof typeof nouns;

/** Undefined where neither a recipe nor, for what is built for the build machine, a package has it. */
export async function providerAdvice(
  site: BuildSite,
  unit: BuiltUnit,
  kind: Provided,
  name: string,
): Promise<Advice | undefined> {
  if (!unit.toolchain) return packageAdvice(unit, kind, name);
  const recipe = await providerOf(site, unit, kind, name);
  if (recipe === undefined) return undefined;
  return {
    cause: `the ${nouns[kind]} ${name} belongs to the recipe ${recipe}, which ${unit.name} does not declare`,
    help: `write in its recipe: \`needs: [${[...unit.recipe.needs, recipe].join(', ')}]\``,
    field: 'needs',
  };
}

/** What is built for the build machine takes its libraries from the machine's packages. */
async function packageAdvice(
  unit: BuiltUnit,
  kind: Provided,
  name: string,
): Promise<Advice | undefined> {
  const file = { header: name, library: `lib${name}.so`, pkgconfig: `${name}.pc` }[kind];
  const folders =
    kind === 'header'
      ? ['/usr/include', `/usr/include/${multiarch}`]
      : kind === 'library'
        ? [`/usr/lib/${multiarch}`, '/usr/lib']
        : developmentFolders.filter((folder) => folder.endsWith('/pkgconfig'));
  const found = await packageWith(folders.map((folder) => join(folder, file)));
  const { buildTools } = unit.recipe;
  if (found === undefined || buildTools.includes(found)) return undefined;
  return {
    cause: `the ${nouns[kind]} ${name} belongs to the package ${found}, which ${unit.name} does not declare`,
    help: `write in its recipe: \`build-tools: [${[...buildTools, found].join(', ')}]\``,
    field: 'build-tools',
  };
}

/** The recipe whose provides, or whose newest output, hold the file; none that the unit sees already. */
async function providerOf(
  site: BuildSite,
  unit: BuiltUnit,
  kind: Provided,
  name: string,
): Promise<string | undefined> {
  const { catalogue, store } = site;
  if (!catalogue) return undefined;
  const { recipes } = catalogue;
  for (const candidate of recipes.names) {
    const other = formatUnit({ recipe: candidate, architecture: unit.architecture });
    if (other === unit.name || unit.sees.includes(other)) continue;
    let recipe: Recipe;
    try {
      recipe = recipes.evaluate(candidate, unit.architecture);
    } catch (error) {
      if (error instanceof UserError) continue;
      throw error;
    }
    if (!isBuilt(recipe) || recipe.bootstrap || recipe.kind === 'tool') continue;
    if (promises(recipe, kind, name)) return candidate;
    const record = await store.latest(other);
    const output = record && store.outputDirectory(record.output);
    if (output && paths(kind, name).some((path) => existsSync(join(output, path)))) {
      return candidate;
    }
  }
  return undefined;
}

/** Headers may be promised with the folder that pkg-config adds, e.g. `glib-2.0/glib.h`. */
function promises({ provides }: BuiltRecipe, kind: Provided, name: string): boolean {
  switch (kind) {
    case 'header':
      return provides.headers.some((header) => header === name || header.endsWith(`/${name}`));
    case 'library':
      return provides.libraries.includes(`lib${name}.a`);
    case 'pkgconfig':
      return provides.pkgconfig.includes(name);
  }
}

function paths(kind: Provided, name: string): string[] {
  switch (kind) {
    case 'header':
      return [join('usr/include', name)];
    case 'library':
      return [`usr/lib/lib${name}.a`];
    case 'pkgconfig':
      return ['lib', 'share'].map((folder) => `usr/${folder}/pkgconfig/${name}.pc`);
  }
}
