import type { Emit } from '../../events/event.js';
import type { UnitName } from '../../events/unit-id.js';
import type { JobTokens } from '../jobserver/phase-jobs.js';
import type { SourceJob, UnitResult } from './unit-job.js';

/**
 * Where units are built. The scheduler knows no more of it than this: it decides what is built and
 * when, and an executor does it. Nothing of a job decides on its output that is not in the job itself.
 */
export interface Executor {
  /**
   * Does ahead what needs none of the outputs that the unit sees, such as unpacking its source. The
   * source has been fetched. Throws UnitFailure.
   */
  prepare(job: SourceJob, context: JobContext): Promise<PreparedJob>;
}

/** A job that waits to be run. At the end of its scope nothing is left of it that nobody will look at. */
export interface PreparedJob extends AsyncDisposable {
  /** Builds the unit. Rejects with the signal's reason when that is aborted, and for defects. */
  run(outputs: Record<UnitName, string>, context: RunContext): Promise<UnitResult>;
}

/** What a job has of the process that asks for it; none of it changes the output. */
export interface JobContext {
  /** Hears how far the job is. */
  emit: Emit;
  signal: AbortSignal;
}

/** An executor on another machine does without all of this. */
export interface RunContext {
  /** Where its phases get their jobs from. */
  tokens: JobTokens;
  /** The descriptor that holds the lock of the unit's workspace, for its processes to inherit. */
  lock?: number;
  /** Called when the unit has failed, before any of its tokens is free again. */
  onFailure?: () => void;
}
