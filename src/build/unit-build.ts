import { createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Unit } from '../plan/unit.js';
import { UserError } from '../util/problem.js';
import type { Engine } from './engine.js';
import { UnitFailure } from './failure.js';
import { runPhase } from './phase.js';
import { prepareSource } from './prepare-source.js';
import type { Budget } from './process.js';
import { surround, type UnitBuildOptions } from './surroundings.js';
import { workspaceOf } from './workspace.js';
import { checkYields, pruneOutput, prunePrograms } from './yields.js';

/**
 * Builds one unit in a fresh workspace. Resolves to the folder with what it installed, which the
 * caller takes over. Throws UnitFailure, and leaves workspace and log behind then.
 */
export async function buildUnit(
  engine: Engine,
  unit: Unit,
  options: UnitBuildOptions,
): Promise<string> {
  const workspace = workspaceOf(engine.project, unit.name);
  await removeTree(workspace.root);
  await mkdir(dirname(workspace.log), { recursive: true });
  const log = createWriteStream(workspace.log);
  let phase = 'prepare';
  const enter = (name: string) => {
    phase = name;
    log.write(`=== ${unit.name}: ${name}\n`);
    engine.emit({ type: 'phase-start', unit: unit.name, phase: name });
  };
  try {
    if (unit.recipe.kind === 'image') {
      enter('pack');
      await mkdir(workspace.dest, { recursive: true });
      await engine.packImage({
        unit,
        dest: workspace.dest,
        outputOf: (recipe) =>
          engine.store.outputDirectory(
            options.outputOf(unit.needs.find((need) => need.startsWith(`${recipe}:`))!),
          ),
        log: (line) => log.write(`${line}\n`),
        signal: engine.signal,
      });
    } else {
      const date = await prepareSource(engine, unit, workspace, log, enter);
      const surroundings = await surround(engine, unit, workspace, options, date);
      const budget: Budget = {
        limits: unit.recipe.limits,
        since: performance.now(),
        printed: 0,
        folder: workspace.root,
        except: [workspace.sysroot, workspace.tools],
      };
      for (const each of surroundings.phases) {
        enter(each.name);
        await runPhase(engine, unit, surroundings, each, budget, log);
      }
    }
    enter('check');
    await pruneOutput(workspace.dest);
    if (unit.recipe.kind === 'library' && unit.prefixUnits.length > 0) {
      for (const path of await prunePrograms(workspace.dest)) {
        log.write(`left out ${path}: programs of a library have no kernel; 'kind: program' does\n`);
      }
    }
    checkYields(unit.recipe, workspace.dest);
    return workspace.dest;
  } catch (error) {
    if (error instanceof UnitFailure) throw error;
    if (error instanceof UserError) {
      for (const problem of error.problems) log.write(`error: ${problem.message}\n`);
      throw new UnitFailure(phase, error.problems[0]!);
    }
    throw error;
  } finally {
    await new Promise<void>((resolve) => log.end(resolve));
  }
}

/** Removes a workspace; some sources come with folders that their owner may not write. */
async function removeTree(root: string): Promise<void> {
  if (!existsSync(root)) return;
  await rm(root, { recursive: true, force: true }).catch(async () => {
    await chmod(root, 0o755);
    await rm(root, { recursive: true, force: true });
  });
}
