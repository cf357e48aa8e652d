/** Writes the note by which `unchanged.ts` answers. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemPath } from '../machine/build-tools.js';
import { packageDatabase } from '../machine/tool-versions.js';
import type { Project } from '../project/project.js';
import { toolchainInputs } from '../toolchain/toolchain-identity.js';
import { writeFileAtomic } from '../util/files.js';
import { canonicalJson } from '../util/hash.js';
import { stampsSince } from '../util/stamps.js';
import type { Planned } from './planning.js';
import { type Note, noteFile, programFiles, situation } from './unchanged.js';

/** Anything else, such as a warning, is about this run. */
const noteworthy = ['plan', 'unit-fresh', 'build-done', 'image-done'];

/**
 * Notes the answer to a command that found everything fresh, unless something has changed since this
 * process started and may have been read before or after.
 */
export async function noteUnchanged(
  planned: Planned,
  outputs: readonly string[],
  note: Omit<Note, 'time' | 'situation' | 'stamps'>,
): Promise<void> {
  if (note.events.some((event) => !noteworthy.includes(event.type))) return;
  const stamps = stampsSince(await inputsOf(planned, outputs), performance.timeOrigin);
  if (!stamps) return;
  const file = noteFile(planned.engine.project.state, note.words);
  const text = JSON.stringify({
    ...note,
    time: Date.now(),
    situation: situation(),
    stamps,
  } satisfies Note);
  // Without a note the next run takes as long as this one; that is no reason to fail.
  await writeFileAtomic(file, text).catch(() => undefined);
}

/** Every file and folder whose change could give another plan; `outputs` are folders of the store. */
async function inputsOf(
  { engine, catalogue, graph, plan }: Planned,
  outputs: readonly string[],
): Promise<Set<string>> {
  const { project, store } = engine;
  const paths = new Set([
    ...programFiles,
    ...projectFolders(project),
    project.lockFile,
    project.builtinLockFile,
    ...catalogue.recipes.buildSystems.files,
    ...catalogue.recipes.names.map((name) => catalogue.recipes.fileOf(name)!),
    // Which packages are installed, and which programs are found in whose place.
    packageDatabase,
    ...systemPath,
    '/etc/alternatives',
  ]);
  const addTree = (root: string) => {
    for (const path of treeOf(root)) paths.add(path);
  };
  // Records and outputs of all units; of what was asked for every file, because its path is told.
  for (const [name, verdict] of plan.staleness) {
    if (verdict.state !== 'fresh') continue;
    paths.add(store.layout.key(verdict.key.key)).add(store.layout.unit(name));
    paths.add(store.layout.output(verdict.output)).add(store.layout.manifest(verdict.output));
  }
  for (const output of outputs) addTree(output);

  const toolchains = new Set<string>();
  for (const { recipe, toolchain } of graph.values()) {
    for (const patch of recipe.patches) paths.add(patch.file);
    if (recipe.overlay) addTree(recipe.overlay);
    addTree(join(dirname(recipe.file), recipe.name));
    if (recipe.source?.type === 'local') addTree(recipe.source.path);
    for (const file of recipe.image?.files ?? []) {
      if (!file.recipe) addTree(join(dirname(recipe.file), file.from));
    }
    const id = toolchain && canonicalJson([toolchain.description.name, toolchain.architecture]);
    if (!toolchain || toolchains.has(id!)) continue;
    toolchains.add(id!);
    for (const path of await toolchainInputs(toolchain.description, toolchain.architecture)) {
      paths.add(path);
    }
    for (const dir of toolchain.description.filesDirs) addTree(dir);
  }
  return paths;
}

/** The folders in which recipes and toolchains are looked for, whether they are there or not. */
function projectFolders(project: Project): string[] {
  const paths: string[] = [];
  for (let dir = process.cwd(); ; dir = dirname(dir)) {
    paths.push(join(dir, 'recipes'), join(dir, 'stubforge.lock'));
    if (dir === project.root || dir === dirname(dir)) break;
  }
  paths.push(join(project.root, 'recipes'), join(project.root, 'toolchains'));
  for (const dir of project.recipeDirs) paths.push(dir, join(dir, 'build-systems'));
  for (const dir of project.toolchainDirs) {
    paths.push(dir);
    for (const name of subfolders(dir)) {
      paths.push(join(dir, name), join(dir, name, 'recipes'), join(dir, name, 'toolchain.yaml'));
    }
  }
  return paths;
}

/** A file, or a folder with all that is in it, but without what version control keeps there. */
function treeOf(root: string): string[] {
  const inside = readdirIfFolder(root).flatMap((entry) => {
    if (entry.name === '.git') return [];
    const path = join(root, entry.name);
    return entry.isDirectory() ? treeOf(path) : [path];
  });
  return [root, ...inside];
}

function subfolders(dir: string): string[] {
  return readdirIfFolder(dir).flatMap((entry) => (entry.isFile() ? [] : [entry.name]));
}

function readdirIfFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
