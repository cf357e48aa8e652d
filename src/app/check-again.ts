import { availableParallelism } from 'node:os';
import type { Context } from '../cli/context.js';
import { UnitFailure } from '../engine/failure/explain-failure.js';
import type { BuildSummary } from '../engine/scheduler/run.js';
import type { UnitName } from '../events/event.js';
import { type CheckResult, checkUnit } from '../repro/build-again.js';
import { preloadLibrary } from '../repro/preload.js';
import { describeVariations, type Varied } from '../repro/variations.js';
import { formatSeconds } from '../util/format.js';
import { type Planned, requireBuildMachine } from './planning.js';

/** More of diffoscope's report is for a file, not for a terminal. */
const diffoscopeLines = 200;

/** The value of a check's `result` event. */
export interface CheckValue extends Varied {
  results: CheckResult[];
  /** Units whose second build failed. */
  failed: UnitName[];
  /** Units that have no first build. */
  notBuilt: UnitName[];
}

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
  await requireBuildMachine(engine, graph);
  const preload = await preloadLibrary(engine.project, engine);
  const lacking = 'lacking' in preload ? preload.lacking : undefined;
  if (lacking) engine.emit({ type: 'warning', diagnostic: lacking });
  const value: CheckValue = {
    results: [],
    failed: [],
    notBuilt: [],
    ...describeVariations(engine.sandbox, lacking),
  };
  const outputOf = (name: UnitName) => summary.outputs.get(name)!;
  for (const unit of wanted) {
    const first = summary.outputs.get(unit.name);
    if (first === undefined) {
      value.notBuilt.push(unit.name);
      continue;
    }
    engine.signal.throwIfAborted();
    try {
      const result = await checkUnit(engine, unit, { first, outputOf, jobs, preload });
      value.results.push(result);
      // The table comes at the end, which may be an hour away, or never reached.
      engine.emit({ type: 'note', message: `${unit.name}: ${renderRow(result)}` });
    } catch (error) {
      if (!(error instanceof UnitFailure)) throw error;
      value.failed.push(unit.name);
      engine.emit({
        type: 'unit-failed',
        unit: `${unit.name} (again)`,
        phase: error.phase,
        seconds: 0,
        diagnostic: error.diagnostic,
        log: engine.project.state.secondLog(unit.name),
      });
    }
  }
  const order = wanted.map((unit) => unit.name);
  context.result('check', value, renderCheck(value, order).join('\n'));
  return value.results.every(isSame) && value.failed.length === 0 ? 0 : 1;
}

const isSame = ({ differences }: CheckResult) => differences.length === 0;

/** The differences, then a table of all units in this order, and what it was that did not matter. */
function renderCheck(
  { results, failed, notBuilt, varied, notVaried }: CheckValue,
  order: readonly UnitName[],
): string[] {
  const rows = new Map<UnitName, string>();
  for (const unit of failed) rows.set(unit, 'failed the second time');
  for (const unit of notBuilt) rows.set(unit, 'has no first build');
  for (const result of results) rows.set(result.unit, renderRow(result));
  const differing = results.filter((each) => !isSame(each));
  const width = Math.max(...order.map((unit) => unit.length));
  const counts = [
    `${results.length - differing.length} the same`,
    `${differing.length} different`,
    `${failed.length} failed the second time`,
    ...(notBuilt.length > 0 ? [`${notBuilt.length} not checked`] : []),
  ];
  return [
    ...differing.flatMap(renderDifferences),
    ...order.map((unit) => `${unit.padEnd(width)}  ${rows.get(unit)}`),
    `check: ${counts.join(', ')}`,
    `varied: ${varied.join(', ')}`,
    'not varied:',
    ...notVaried.map((each) => `  ${each}`),
  ];
}

function renderRow(result: CheckResult): string {
  const { entries, differences, seconds } = result;
  const what = isSame(result)
    ? `the same, ${entries} entries`
    : `differs in ${differences.length} of ${entries} entries`;
  return `${what}, ${formatSeconds(seconds)}`;
}

function renderDifferences({ unit, differences, diffoscope }: CheckResult): string[] {
  return [
    `${unit}: two builds differ`,
    ...differences.flatMap(({ path, lines }) => [
      `  ${path}`,
      ...lines.map((line) => `    ${line}`),
    ]),
    ...(diffoscope?.slice(0, diffoscopeLines) ?? []),
  ];
}
