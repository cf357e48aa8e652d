/** Keeps the answer to a build that found everything fresh, with all that it looked at. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { artifactKind } from '../artifacts/kinds.js';
import { systemPath } from '../machine/build-tools.js';
import { packageStatus } from '../machine/package-database.js';
import { isBuiltUnit } from '../plan/unit.js';
import type { Project } from '../project/project.js';
import { canonicalJson } from '../util/hash.js';
import type { Planned } from './planning.js';
import {
  answerName,
  answerVersion,
  programFiles,
  situation,
  type UnchangedAnswer,
} from './unchanged-answer.js';

/** Anything else, such as a warning, is about this run. */
const noteworthy = ['plan', 'unit-fresh', 'build-done', 'image-done'];

/**
 * Keeps the answer to a command that found everything fresh, unless something has changed since this
 * process started and may have been read before or after. `outputs` are folders of the store.
 */
export async function keepUnchangedAnswer(
  planned: Planned,
  outputs: readonly string[],
  answer: Omit<UnchangedAnswer, 'situation'>,
): Promise<void> {
  if (answer.events.some((event) => !noteworthy.includes(event.type))) return;
  const { memo } = planned.engine;
  const value: UnchangedAnswer = { ...answer, situation: situation() };
  const inputs = await inputsOf(planned, outputs);
  await memo.keep(answerName(answer.words), answerVersion, value, inputs, performance.timeOrigin);
}

/** Every file and folder whose change could give another plan. */
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
    // Which packages are installed, and which programs stand in for others.
    packageStatus,
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
  for (const unit of graph.values()) {
    if (!isBuiltUnit(unit)) {
      for (const path of artifactKind(unit.recipe).localFiles(unit.recipe)) addTree(path);
      continue;
    }
    const { recipe, toolchain } = unit;
    for (const patch of recipe.patches) paths.add(patch.file);
    if (recipe.overlay) addTree(recipe.overlay);
    addTree(join(dirname(recipe.file), recipe.name));
    if (recipe.source.type === 'local') addTree(recipe.source.path);
    const id = toolchain && canonicalJson([toolchain.description.name, toolchain.architecture]);
    if (!toolchain || toolchains.has(id!)) continue;
    toolchains.add(id!);
    for (const path of await toolchain.inputs()) paths.add(path);
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
