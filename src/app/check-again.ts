import { availableParallelism } from 'node:os';
import { UnitFailure } from '../engine/failure/unit-failure.js';
import type { BuildSummary } from '../engine/scheduler/run.js';
import type { UnitName } from '../events/event.js';
import { type CheckResult, checkUnit } from '../repro/build-again.js';
import { preloadLibrary } from '../repro/preload.js';
import { describeVariations, type Varied } from '../repro/variations.js';
import type { Planned } from './planning.js';
import { requireBuildMachine } from './run-build.js';

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
 * outputs differ. `onResult` hears of each as soon as it is known.
 */
export async function checkAgain(
  { engine, graph, wanted }: Planned,
  summary: BuildSummary,
  onResult: (result: CheckResult) => void,
  jobs = availableParallelism(),
): Promise<CheckValue> {
  await requireBuildMachine(engine, graph);
  const preload = await preloadLibrary(engine.project, engine);
  const lacking = 'lacking' in preload ? preload.lacking : undefined;
  for (const diagnostic of lacking ?? []) engine.emit({ type: 'warning', diagnostic });
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
    const started = performance.now();
    try {
      const result = await checkUnit(engine, unit, { first, outputOf, jobs, preload });
      value.results.push(result);
      onResult(result);
    } catch (error) {
      if (!(error instanceof UnitFailure)) throw error;
      value.failed.push(unit.name);
      engine.emit({
        type: 'unit-failed',
        unit: `${unit.name} (again)`,
        phase: error.phase,
        seconds: (performance.now() - started) / 1000,
        diagnostics: error.diagnostics,
        log: engine.project.state.secondLog(unit.name),
      });
    }
  }
  return value;
}

/** Whether all second builds came out as the first. */
export const allSame = ({ results, failed }: CheckValue): boolean =>
  results.every(isSame) && failed.length === 0;

export const isSame = ({ differences }: CheckResult): boolean => differences.length === 0;
