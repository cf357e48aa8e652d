import { UnitFailure } from '../failure/explain-failure.js';
import { fixedJobs } from '../jobserver/phase-jobs.js';
import type { Executor, JobContext } from './executor.js';
import type { UnitJob, UnitResult } from './unit-job.js';

/** Runs a job from its beginning to its end, on its own: nobody shares the machine with it. */
export async function runJob(
  executor: Executor,
  { outputs, ...job }: UnitJob,
  context: JobContext,
): Promise<UnitResult> {
  try {
    await using prepared = await executor.prepare(job, context);
    return await prepared.run(outputs, { tokens: fixedJobs(job.jobs) });
  } catch (error) {
    if (!(error instanceof UnitFailure)) throw error;
    return { state: 'failed', phase: error.phase, diagnostics: error.diagnostics };
  }
}
