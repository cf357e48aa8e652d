import { availableParallelism } from 'node:os';
import { UnitFailure } from '../build/failure.js';
import type { BuildSummary } from '../build/run.js';
import { workspaceOf } from '../build/workspace.js';
import { type CheckResult, checkUnit, notVaried, varied } from '../check/build-again.js';
import type { Context } from './context.js';
import { type Planned, requireBuildMachine } from './engine.js';

/** More of diffoscope's report is for a file, not for a terminal. */
const diffoscopeLines = 200;

/**
 * Builds each of the wanted units that was built once more, one after another, and tells where the
 * outputs differ. Resolves to the exit code.
 */
export async function checkAgain(
  context: Context,
  { engine, graph, wanted }: Planned,
  summary: BuildSummary,
  jobs = availableParallelism(),
): Promise<number> {
  const results: CheckResult[] = [];
  const failed: string[] = [];
  await requireBuildMachine(engine, graph);
  for (const unit of wanted) {
    const first = summary.outputs.get(unit.name);
    if (first === undefined) continue;
    engine.signal.throwIfAborted();
    try {
      const outputOf = (name: string) => summary.outputs.get(name)!;
      results.push(await checkUnit(engine, unit, { first, outputOf, jobs }));
    } catch (error) {
      if (!(error instanceof UnitFailure)) throw error;
      failed.push(unit.name);
      engine.emit({
        type: 'unit-failed',
        unit: `${unit.name} (again)`,
        phase: error.phase,
        seconds: 0,
        problem: error.problem,
        log: workspaceOf(engine.project, unit.name).log.replace(/\.log$/, '.again.log'),
      });
    }
  }
  const differing = results.filter((each) => each.differences.length > 0);
  const lines = [
    ...differing.flatMap(describe),
    `check: ${results.length - differing.length} the same, ${differing.length} different, ${failed.length} failed the second time`,
    varied,
    notVaried,
  ];
  context.result('check', { results, failed, varied, notVaried }, lines.join('\n'));
  return differing.length + failed.length > 0 ? 1 : 0;
}

function describe({ unit, differences, diffoscope }: CheckResult): string[] {
  return [
    `${unit}: two builds differ`,
    ...differences.flatMap(({ path, lines }) => [
      `  ${path}`,
      ...lines.map((line) => `    ${line}`),
    ]),
    ...(diffoscope?.slice(0, diffoscopeLines) ?? []),
  ];
}
