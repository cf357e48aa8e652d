import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactFiles } from '../artifacts/artifact-kind.js';
import { artifactFiles, artifactKind } from '../artifacts/kinds.js';
import type { Engine } from '../engine/engine.js';
import { toolsForGraph } from '../engine/environment/unit-tools.js';
import { type BuildSummary, runPlan } from '../engine/scheduler/run-plan.js';
import type { UnitName } from '../events/unit-id.js';
import { requireTools, sandboxTools } from '../machine/build-tools.js';
import { subgraph, type UnitGraph } from '../plan/unit-graph.js';
import { isArtifact } from '../recipe/recipe.js';
import { requireBubblewrap } from '../sandbox/bubblewrap.js';
import { makeFolder } from '../util/files.js';
import type { Planned } from './planning.js';

export interface BuildOptions {
  /** Jobs at once; one for each processor when absent. */
  jobs?: number;
  failFast?: boolean;
  /** Leave the build trees of units that succeed. */
  keep?: boolean;
}

/**
 * Runs a plan, after checking that this machine has what its units use. Failed units are in the summary;
 * throws UserError when nothing could be started.
 */
export async function runBuild(
  { engine, plan, graph, world }: Planned,
  options: BuildOptions,
): Promise<BuildSummary> {
  await requireBuildMachine(engine, subgraph(graph, plan.build));
  return runPlan(engine, plan, world, {
    jobs: options.jobs,
    failFast: options.failFast ?? false,
    keep: options.keep ?? false,
  });
}

/**
 * Checks that this machine has what the build of some units uses, their sandbox too; throws
 * UserError where not. Says what is not guaranteed when there is to be no sandbox.
 */
export async function requireBuildMachine(engine: Engine, units: UnitGraph): Promise<void> {
  if (units.size === 0) return;
  const tools = toolsForGraph(units);
  if (engine.sandbox === 'bubblewrap') {
    await requireTools([...tools, ...sandboxTools]);
    await requireBubblewrap();
    return;
  }
  await requireTools(tools);
  engine.emit({
    type: 'note',
    message:
      'no sandbox: builds see the files, commands and network of this machine, so outputs may depend on them; nobody notices undeclared tools or writes to other folders',
  });
}

/** What a wanted unit came out as. */
export interface WantedOutput {
  unit: UnitName;
  recipe: string;
  architecture: string;
  /** The output's name: the hash of its content. */
  hash: string;
  /** The folder in the store. */
  output: string;
  /** The files of an artifact. */
  files?: ArtifactFiles;
}

/** The outputs of the units that were asked for, as far as they were built. Announces artifacts among them. */
export function wantedOutputs(
  { engine: { store, emit }, wanted }: Planned,
  summary: BuildSummary,
): WantedOutput[] {
  return wanted.flatMap((unit) => {
    const hash = summary.outputs.get(unit.name);
    if (hash === undefined) return [];
    const { recipe, architecture } = unit;
    const output = store.outputDirectory(hash);
    if (isArtifact(recipe)) emit(artifactKind(recipe).announce(unit.name, output, recipe.name));
    const files = artifactFiles(recipe, output);
    return [{ unit: unit.name, recipe: recipe.name, architecture, hash, output, files }];
  });
}

/** Copies outputs to `directory/<architecture>/<recipe>`, over what is there. */
export async function copyOutputs(
  outputs: readonly WantedOutput[],
  directory: string,
): Promise<void> {
  for (const { architecture, recipe, output } of outputs) {
    const target = join(directory, architecture, recipe);
    makeFolder(target);
    await cp(output, target, { recursive: true, force: true });
  }
}
