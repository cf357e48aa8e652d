import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { commandsOf } from '../../machine/build-tools.js';
import type { BuiltUnit } from '../../plan/unit.js';
import { namesInWord } from '../../recipe/placeholders.js';
import { baseCommands } from '../../sandbox/base-commands.js';
import type { View } from '../../sandbox/sandbox.js';
import type { BuildSite } from '../engine.js';
import type { Workspace } from '../unit/workspace.js';
import { toolsOfUnit } from './unit-tools.js';

/** The folders of a unit's build, by the names that its commands know. */
export interface BuildPaths {
  /** Holds source, build, dest and home. */
  root: string;
  source: string;
  build: string;
  dest: string;
  home: string;
  sysroot: string;
  tools: string;
  /** The toolchain's prefix; empty for tools. */
  prefix: string;
  /** The output of the toolchain's answers; empty where the unit takes none. */
  answers: string;
  /** The folder of the recipe's file. A sandbox shows the recipe's own folder in it, and no more. */
  recipe: string;
}

/** The same in every sandbox, so that outputs cannot tell where they were built. */
export const sandboxPaths = (recipe: string): BuildPaths => ({
  root: `/build/${recipe}`,
  source: `/build/${recipe}/source`,
  build: `/build/${recipe}/build`,
  dest: `/build/${recipe}/dest`,
  home: `/build/${recipe}/home`,
  sysroot: '/sysroot',
  tools: '/tools',
  prefix: '/toolchain',
  answers: '/answers',
  recipe: '/recipe',
});

/** Where things really are: what commands without a sandbox see. */
export const realPaths = (
  unit: BuiltUnit,
  workspace: Workspace,
  prefix: string,
  answers: string,
): BuildPaths => ({
  root: workspace.root,
  source: workspace.source,
  build: workspace.build,
  dest: workspace.dest,
  home: workspace.home,
  sysroot: workspace.sysroot,
  tools: workspace.tools,
  prefix,
  answers,
  recipe: dirname(unit.recipe.file),
});

/** For each real folder that an output could name, the name that it has in a sandbox. */
export function prefixMap(
  unit: BuiltUnit,
  real: Pick<BuildPaths, 'root' | 'sysroot' | 'tools'>,
  prefix: string,
) {
  const paths = sandboxPaths(unit.recipe.name);
  return {
    [real.root]: paths.root,
    [real.sysroot]: paths.sysroot,
    [real.tools]: paths.tools,
    [prefix]: paths.prefix,
  };
}

/** All that a unit's build may see: the machine's commands that it declares, and its own folders. */
export async function viewOf(
  site: BuildSite,
  unit: BuiltUnit,
  workspace: Workspace,
  prefix: string,
  answers: string,
  paths: BuildPaths,
): Promise<View> {
  const { recipe, toolchain } = unit;
  const tools = toolsOfUnit(unit);
  const { environments } = site;
  const machine = await environments.views.commands([
    ...baseCommands,
    ...((await toolchain?.commands()) ?? []),
    ...commandsOf(tools),
  ]);
  const development = await environments.development(tools);
  const files = recipeFolder(unit);
  return {
    links: machine.links,
    mounts: [
      ...machine.mounts,
      ...development,
      { from: workspace.root, at: paths.root, writable: true },
      { from: workspace.tmp, at: '/tmp', writable: true },
      // Their files are links into the store, which nothing may write.
      ...[workspace.sysroot, workspace.tools].map((from) => ({
        from,
        at: join(paths.root, basename(from)),
      })),
      { from: workspace.sysroot, at: paths.sysroot },
      { from: workspace.tools, at: paths.tools },
      ...(toolchain ? [{ from: prefix, at: paths.prefix }] : []),
      ...(answers ? [{ from: answers, at: paths.answers }] : []),
      ...(files ? [{ from: files, at: join(paths.recipe, recipe.name) }] : []),
    ],
  };
}

/**
 * The recipe's own folder, which has its name, where its build may read it: something has to ask
 * for `recipe-dir`, and the folder has to be there. All in it counts for the unit's key.
 */
export function recipeFolder({ recipe, buildSystem }: BuiltUnit): string | undefined {
  const texts = [
    ...buildSystem.phases.map((phase) => phase.run),
    ...Object.values(recipe.inputs).flat(),
  ];
  if (!texts.some((text) => namesInWord(text).includes('recipe-dir'))) return undefined;
  const folder = join(dirname(recipe.file), recipe.name);
  return existsSync(folder) ? folder : undefined;
}
