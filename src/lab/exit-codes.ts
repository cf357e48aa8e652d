import type { Outcome } from './judge.js';

/** What a command that boots ends with. */
export const exitCodes: Readonly<Record<Outcome, number>> = {
  passed: 0,
  failed: 1,
  unmatched: 1,
  crashed: 3,
  hung: 4,
  'no-verdict': 5,
};
