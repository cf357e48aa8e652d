import type { Emit } from '../../events/event.js';
import type { UnitName } from '../../events/unit-id.js';
import type { JobTokens } from '../jobserver/phase-jobs.js';
import type { SourceJob, UnitResult } from './unit-job.js';

/**
 * Builds units. The scheduler decides what is built and when, and knows no more about how than this.
 * The output of a job depends on nothing that is not in the job itself.
 */
export interface Executor {
  /**
   * Does in advance what needs none of the outputs that the unit sees, such as unpacking its source,
   * which has been fetched. Throws UnitFailure.
   */
  prepare(job: SourceJob, context: JobContext): Promise<PreparedJob>;
}

/** A job that is ready to run. At the end of its scope its workspace is removed, unless it failed. */
export interface PreparedJob extends AsyncDisposable {
  /** Builds the unit. Rejects only when it is aborted, with the signal's reason, and for defects. */
  run(outputs: Record<UnitName, string>, context: RunContext): Promise<UnitResult>;
}

/** What a job gets from the process that asks for it. None of it changes the output. */
export interface JobContext {
  /** Is told about the job's progress. */
  emit: Emit;
  signal: AbortSignal;
}

/** What a job shares with others on the same machine; an executor elsewhere can do without. */
export interface RunContext {
  /** Where its phases get their job tokens from. */
  tokens: JobTokens;
  /** The descriptor that holds the lock of the unit's workspace, for its processes to inherit. */
  lock?: number;
  /** Called when the unit has failed, before any of its tokens is released. */
  onFailure?: () => void;
}
