import { dependencies, type Unit } from '../../plan/unit.js';
import type { UnitRecord } from '../../store/store.js';
import { UserError } from '../../util/diagnostic.js';
import { UnitFailure } from '../failure/unit-failure.js';
import type { Run } from './run.js';

/** How a unit ends: noted in the run's summary, and reported to the listeners. */
export class UnitOutcome {
  constructor(
    private readonly run: Run,
    private readonly unit: Unit,
  ) {}

  /** Why the unit is no longer to be built; undefined if it is. */
  reasonToSkip(): string | undefined {
    const { engine, summary, options, failed } = this.run;
    if (engine.signal.aborted) return 'stopped';
    const broken = dependencies(this.unit).find(
      (each) => summary.failed.includes(each) || summary.skipped.includes(each),
    );
    if (broken) return `${broken} failed`;
    return options.failFast && failed ? `--fail-fast after ${failed}` : undefined;
  }

  /** Whether the unit is skipped; asked again after each wait. */
  skipped(): boolean {
    const because = this.reasonToSkip();
    if (because !== undefined) this.skip(because);
    return because !== undefined;
  }

  skip(because: string): void {
    this.run.summary.skipped.push(this.unit.name);
    this.run.engine.emit({ type: 'unit-skipped', unit: this.unit.name, because });
  }

  fresh(output: string, reason: string): void {
    const { engine, summary } = this.run;
    summary.fresh.push(this.unit.name);
    summary.outputs.set(this.unit.name, output);
    engine.emit({ type: 'unit-fresh', unit: this.unit.name, reason });
  }

  built({ output, seconds }: UnitRecord): void {
    const { engine, summary } = this.run;
    summary.built.push(this.unit.name);
    summary.outputs.set(this.unit.name, output);
    const folder = engine.store.outputDirectory(output);
    engine.emit({ type: 'unit-done', unit: this.unit.name, seconds, output: folder });
  }

  /** The unit has failed. Called before its tokens are released, so that --fail-fast starts nothing. */
  failing(): void {
    this.run.failed ??= this.unit.name;
  }

  /** Rethrows what is not a failure of the unit but a defect. */
  fail(error: unknown, seconds: number): void {
    const { engine, summary } = this.run;
    const { name } = this.unit;
    if (engine.signal.aborted) {
      this.skipped();
      return;
    }
    const failure =
      error instanceof UnitFailure
        ? { phase: error.phase, diagnostics: error.diagnostics }
        : error instanceof UserError
          ? { phase: 'prepare', diagnostics: error.diagnostics }
          : undefined;
    if (!failure) throw error;
    this.failing();
    summary.failed.push(name);
    const log = engine.project.state.log(name);
    engine.emit({ type: 'unit-failed', unit: name, ...failure, seconds, log });
  }
}
