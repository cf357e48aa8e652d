/** Checks the data of a project as a whole, or single files of it. */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Project } from '../project/project.js';
import { readBuildSystem } from '../recipe/build-system.js';
import { reservedFields } from '../recipe/kinds/recipe-forms.js';
import { loadRecipes } from '../recipe/recipe-set.js';
import { loadToolchain, loadToolchains, toolchainFiles } from '../toolchain/load-toolchains.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { readYamlFile } from '../yaml/yaml-file.js';

type Folders = Pick<Project, 'recipeDirs' | 'toolchainDirs'>;

export interface LintReport {
  /** How many files of each kind were looked at. */
  checked: { recipes: number; buildSystems: number; toolchains: number };
  diagnostics: Diagnostic[];
}

/** Checks all recipes, build systems and toolchains of the project. */
export async function lintProject(project: Folders): Promise<LintReport> {
  const recipes = await loadRecipes(project);
  return {
    checked: {
      recipes: recipes.names.length,
      buildSystems: recipes.buildSystems.files.length,
      toolchains: toolchainFiles(project).length,
    },
    diagnostics: [...diagnosticsOf(() => loadToolchains(project)), ...recipes.diagnostics],
  };
}

/** Checks the named files. Name and folder of a file say what it is. */
export async function lintFiles(project: Folders, files: readonly string[]): Promise<LintReport> {
  const report: LintReport = {
    checked: { recipes: 0, buildSystems: 0, toolchains: 0 },
    diagnostics: [],
  };
  for (const file of new Set(files.map((each) => resolve(each)))) {
    if (basename(file) === 'toolchain.yaml') {
      report.checked.toolchains++;
      report.diagnostics.push(...diagnosticsOf(() => loadToolchain(file, toolchainFiles(project))));
    } else if (basename(dirname(file)) === 'build-systems') {
      report.checked.buildSystems++;
      report.diagnostics.push(...diagnosticsOf(() => readBuildSystem(file, reservedFields)));
    } else {
      report.checked.recipes++;
      report.diagnostics.push(...(await lintRecipe(project, file)));
    }
  }
  return report;
}

async function lintRecipe(project: Folders, file: string): Promise<Diagnostic[]> {
  const name = basename(file, '.yaml');
  if (existsSync(file) && !file.endsWith('.yaml')) {
    return [
      {
        id: 'recipe.wrong-extension',
        message: 'only files that end in .yaml are read as recipes',
        span: { file },
        help: `rename it to ${basename(file).replace(/\.[^.]*$/, '')}.yaml`,
      },
    ];
  }
  let recipes = await loadRecipes(project);
  if (recipes.fileOf(name) !== file) {
    // A recipe from elsewhere is checked as if its folder belonged to the project.
    const recipeDirs = [...new Set([dirname(file), ...project.recipeDirs])];
    recipes = await loadRecipes({ ...project, recipeDirs });
  }
  if (recipes.fileOf(name) !== file) return diagnosticsOf(() => readYamlFile(file));
  return [...recipes.diagnosticsOf(name), ...recipes.cycles([name])];
}

function diagnosticsOf(action: () => unknown): Diagnostic[] {
  try {
    action();
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics;
    throw error;
  }
}
