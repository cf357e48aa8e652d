import type { UnitName } from '../../events/unit-id.js';
import { StateLayout } from '../../project/state-layout.js';
import { toolchainOf } from '../../toolchain/load-toolchains.js';
import type { TargetToolchain } from '../../toolchain/toolchain.js';
import { UserError } from '../../util/diagnostic.js';
import { canonicalJson } from '../../util/hash.js';
import type { BuildSite } from '../engine.js';
import { UnitFailure } from '../failure/unit-failure.js';
import { fixedJobs } from '../jobserver/phase-jobs.js';
import { buildUnit, type PreparedUnit, prepareUnit } from '../unit/build-unit.js';
import type { Executor, JobContext, PreparedJob, RunContext } from './executor.js';
import {
  lockOf,
  type SourceJob,
  type TargetData,
  type UnitJob,
  type UnitResult,
  unitOf,
} from './unit-job.js';

/** Builds units on this machine, and puts what they install into the store. */
export class LocalExecutor implements Executor {
  /** Shared by a run, so that the build machine's compiler is examined once. */
  readonly #targets = new Map<string, TargetToolchain>();

  constructor(
    private readonly own: Pick<BuildSite, 'store' | 'catalogue' | 'environments' | 'groups'>,
  ) {}

  async prepare(job: SourceJob, { emit, signal }: JobContext): Promise<PreparedJob> {
    const site: BuildSite = {
      store: this.own.store,
      catalogue: this.own.catalogue,
      environments: this.own.environments,
      groups: this.own.groups,
      project: { state: new StateLayout(job.state) },
      lock: lockOf(job),
      sandbox: job.sandbox,
      emit,
      signal,
    };
    return new LocalJob(
      site,
      job,
      await prepareUnit(
        site,
        unitOf(job, (data) => this.#target(data)),
      ),
    );
  }

  #target(data: TargetData): TargetToolchain {
    const name = canonicalJson(data);
    let target = this.#targets.get(name);
    if (!target) {
      target = toolchainOf(data.description).target(data.architecture);
      this.#targets.set(name, target);
    }
    return target;
  }

  /** Prepares and runs a job that has the machine to itself. */
  async run({ outputs, ...job }: UnitJob, context: JobContext): Promise<UnitResult> {
    try {
      await using prepared = await this.prepare(job, context);
      return await prepared.run(outputs, { tokens: fixedJobs(job.jobs) });
    } catch (error) {
      return failedResult(error);
    }
  }
}

class LocalJob implements PreparedJob {
  constructor(
    private readonly site: BuildSite,
    private readonly job: SourceJob,
    private readonly prepared: PreparedUnit,
  ) {}

  async run(outputs: Record<UnitName, string>, context: RunContext): Promise<UnitResult> {
    const { site, job, prepared } = this;
    const { tokens, lock, onFailure } = context;
    const started = performance.now();
    const waitedBefore = tokens.waited;
    try {
      const tree = await buildUnit(site, prepared, {
        jobs: job.jobs,
        outputOf: (unit) => outputs[unit]!,
        tokens,
        lock,
        onFailure,
      });
      const passed = (performance.now() - started) / 1000 - (tokens.waited - waitedBefore);
      const output = await this.#store(tree);
      prepared.stays = job.keep;
      const seconds = prepared.seconds + passed;
      return { state: 'built', output, seconds, phases: prepared.log.times };
    } catch (error) {
      onFailure?.();
      return failedResult(error);
    }
  }

  async #store(tree: string): Promise<string> {
    try {
      return await this.site.store.add(tree);
    } catch (error) {
      throw error instanceof UserError
        ? new UnitFailure('store', error.diagnostics, { cause: error })
        : error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.prepared[Symbol.asyncDispose]();
  }
}

/** Rethrows what is not a failure of the unit: an abort or a defect. */
function failedResult(error: unknown): UnitResult {
  if (!(error instanceof UnitFailure)) throw error;
  return { state: 'failed', phase: error.phase, diagnostics: error.diagnostics };
}
