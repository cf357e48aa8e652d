/** Finds the files of recipes by their names, without reading them. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Project } from '../project/project.js';
import type { Diagnostic } from '../util/diagnostic.js';
import { UserError } from '../util/diagnostic.js';
import { readYamlFile } from '../yaml/yaml-file.js';
import { yamlFiles } from './recipe-names.js';

export interface RecipeFile {
  file: string;
  /** It stands in `toolchains/<name>/recipes/` and is a part of that toolchain. */
  ofToolchain: boolean;
}

/**
 * The recipes of all folders by name. A recipe of the user's project hides one of the same name that
 * came with stubforge; two of one name in the same project are a problem.
 */
export function indexRecipes(project: Pick<Project, 'recipeDirs' | 'toolchainDirs'>): {
  files: ReadonlyMap<string, RecipeFile>;
  diagnostics: Diagnostic[];
} {
  const files = new Map<string, RecipeFile>();
  const diagnostics: Diagnostic[] = [];
  for (const folders of recipeFolders(project)) {
    const own = new Map<string, RecipeFile>();
    for (const { dir, ofToolchain } of folders) {
      diagnostics.push(...misnamed(dir));
      for (const { name, file } of yamlFiles(dir)) {
        const other = own.get(name);
        if (other) {
          diagnostics.push({
            message: `there are two recipes '${name}'`,
            span: { file },
            details: [`the other one is ${other.file}`],
            help: 'rename one of them, also in its file',
          });
        } else {
          own.set(name, { file, ofToolchain });
        }
      }
    }
    for (const [name, found] of own) if (!files.has(name)) files.set(name, found);
  }
  return { files, diagnostics };
}

/** The folders with recipes: a list for each project, the user's before stubforge's own. */
function recipeFolders(project: Pick<Project, 'recipeDirs' | 'toolchainDirs'>) {
  const projects = new Map<string, { dir: string; ofToolchain: boolean }[]>();
  const add = (root: string, dir: string, ofToolchain: boolean) => {
    const folders = projects.get(root) ?? [];
    folders.push({ dir, ofToolchain });
    projects.set(root, folders);
  };
  for (const dir of project.recipeDirs) add(dirname(dir), dir, false);
  for (const dir of project.toolchainDirs) {
    for (const name of subfolders(dir)) add(dirname(dir), join(dir, name, 'recipes'), true);
  }
  return projects.values();
}

/** Files that look like recipes and are never read. */
function misnamed(dir: string): Diagnostic[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => ({
      message: 'only files that end in .yaml are read as recipes',
      span: { file: join(dir, name) },
      help: `rename it to ${name.replace(/\.yml$/, '.yaml')}`,
    }));
}

/** The names of all architectures that some toolchain describes, sorted. */
export function readArchitectureNames(toolchainDirs: readonly string[]): string[] {
  const names = new Set<string>();
  for (const dir of toolchainDirs) {
    for (const name of subfolders(dir)) {
      for (const each of architecturesIn(join(dir, name, 'toolchain.yaml'))) names.add(each);
    }
  }
  return [...names].sort();
}

/**
 * Only the names, however broken the rest of the description is: what is wrong with it is told
 * where toolchains are loaded, and must not make every recipe look wrong too.
 */
function architecturesIn(file: string): string[] {
  try {
    const value = readYamlFile(file).value as { architectures?: unknown } | null;
    const architectures = value?.architectures;
    if (typeof architectures !== 'object' || architectures === null) return [];
    return Array.isArray(architectures) ? [] : Object.keys(architectures);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

function subfolders(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}
