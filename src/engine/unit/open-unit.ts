import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltUnit } from '../../plan/unit.js';
import { fetchSources } from '../../source/fetch-sources.js';
import type { Engine } from '../engine.js';
import {
  type BuildEnvironment,
  composeEnvironment,
  type UnitBuildOptions,
} from '../environment/build-environment.js';
import { prepareWorkspace, sourceDateFile } from './prepare-source.js';
import { checkWorkspace, removeTree, workspaceOf } from './workspace.js';

/**
 * Makes a unit's build environment without running its phases: uses the tree that a failed build left,
 * or unpacks the source. The phases are written beside it as scripts. The caller holds the lock of the
 * workspace. Throws UserError.
 */
export async function openUnit(
  engine: Engine,
  unit: BuiltUnit,
  options: UnitBuildOptions & { fresh: boolean },
): Promise<BuildEnvironment> {
  const workspace = workspaceOf(engine.project, unit.name);
  const dateFile = sourceDateFile(workspace);
  // Without a date, unpacking or patching was cut off.
  if (options.fresh || !existsSync(workspace.source) || !existsSync(dateFile)) {
    await removeTree(workspace.root);
    await fetchSources(engine.project, [unit.recipe.source], engine.lock, engine);
    await prepareWorkspace(engine, unit);
  }
  // A failed build may have left anything.
  await checkWorkspace(workspace, false);
  const date = Number(await readFile(dateFile, 'utf8'));
  const buildEnvironment = await composeEnvironment(engine, unit, workspace, options, date);
  const phases = join(workspace.root, 'phases');
  await mkdir(phases, { recursive: true });
  for (const phase of buildEnvironment.phases)
    await writeFile(join(phases, phase.name), phase.script);
  return {
    ...buildEnvironment,
    environment: {
      ...buildEnvironment.environment,
      // The phases that a person runs have the machine's processors to themselves.
      MAKEFLAGS: `-j${options.jobs}`,
      NINJAFLAGS: `-j${options.jobs}`,
      STUBFORGE_PHASES: join(buildEnvironment.paths.root, 'phases'),
    },
  };
}
