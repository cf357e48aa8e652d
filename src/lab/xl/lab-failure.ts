import type { Outcome } from '../judge.js';

/** A scenario does not go as it should, in one sentence without a final period. */
export class LabFailure extends Error {
  constructor(
    readonly outcome: Exclude<Outcome, 'passed'>,
    message: string,
    /** Lines that explain it, such as what a command printed. */
    readonly details: readonly string[] = [],
  ) {
    super(message);
    this.name = 'LabFailure';
  }
}
