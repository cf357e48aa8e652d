/** Finds the files of recipes by their names, without reading them. */
import { type Dirent, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Project } from '../project/project.js';
import type { KeptToolchains } from '../toolchain/read-description.js';
import { architecturePattern } from '../toolchain/toolchain-schema.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { isMap, readYamlFile, type YamlFile } from '../yaml/yaml-file.js';

export interface RecipeFile {
  file: string;
  /** It is in `toolchains/<name>/recipes/` and is a part of that toolchain. */
  ofToolchain: boolean;
}

/**
 * The recipes of all folders by name. A recipe of the user's project hides one of the same name that
 * came with stubforge; two of one name in the same project are an error.
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
            id: 'recipe.repeated-name',
            message: `there are two recipes '${name}'`,
            span: { file },
            details: [`the other one is ${other.file}`],
            help: "rename one of them: its file and its field 'name'",
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
  return entriesOf(dir)
    .filter(({ name }) => name.endsWith('.yml'))
    .map(({ name }) => ({
      id: 'recipe.wrong-extension',
      message: 'only files that end in .yaml are read as recipes',
      span: { file: join(dir, name) },
      help: `rename it to ${name.replace(/\.yml$/, '.yaml')}`,
    }));
}

/**
 * The names of all architectures that some toolchain describes, sorted. Each is the name of a block
 * in recipes, so none may have the name of a field.
 */
export function readArchitectures(
  toolchainDirs: readonly string[],
  reserved: readonly string[],
  kept?: KeptToolchains,
): { names: string[]; diagnostics: Diagnostic[] } {
  const names = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const dir of toolchainDirs) {
    for (const folder of subfolders(dir)) {
      const file = join(dir, folder, 'toolchain.yaml');
      for (const name of architecturesIn(file, kept)) {
        if (!reserved.includes(name)) {
          names.add(name);
          continue;
        }
        diagnostics.push({
          id: 'recipe.reserved-name',
          message: `an architecture cannot be called '${name}': that is a field of recipes`,
          span: { file, field: `architectures.${name}` },
          help: 'give it another name',
        });
      }
    }
  }
  return { names: [...names].sort(), diagnostics };
}

/**
 * Only the names, however broken the rest of the description is: that is reported where toolchains are
 * loaded, and must not make every recipe look wrong too.
 */
function architecturesIn(file: string, kept: KeptToolchains | undefined): string[] {
  try {
    const value = kept?.get(file) ?? readYamlFile(file).value;
    const architectures = isMap(value) ? value.architectures : undefined;
    return Object.keys(isMap(architectures) ? architectures : {}).filter((name) =>
      architecturePattern.test(name),
    );
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

function subfolders(dir: string): string[] {
  return entriesOf(dir)
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name);
}

/** The entries of a folder, by name; none where there is no such folder. */
function entriesOf(dir: string): Dirent[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

/** The YAML files of a folder and the names that they stand for; none where there is no such folder. */
export function yamlFiles(dir: string): { name: string; file: string }[] {
  return entriesOf(dir)
    .filter(({ name }) => name.endsWith('.yaml') && !name.startsWith('.'))
    .map(({ name }) => ({ name: basename(name, '.yaml'), file: join(dir, name) }));
}

/** A recipe or build system is found by its file's name, so `name` has to be the same. */
export function expectedName(yaml: YamlFile, name: string): Diagnostic[] {
  const expected = basename(yaml.file, '.yaml');
  if (name === expected) return [];
  return [
    {
      id: 'recipe.name-mismatch',
      message: `the name '${name}' does not match the name of the file`,
      span: yaml.span(['name']),
      help: `write 'name: ${expected}', or rename the file to ${name}.yaml`,
    },
  ];
}
