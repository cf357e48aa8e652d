import { availableParallelism } from 'node:os';
import type { Emit } from '../../events/event.js';
import { OuterJobserver, parseMakeFlags } from './outer-jobserver.js';
import { TokenPool } from './token-pool.js';

/**
 * The token pool of a run. `jobs` is what the user asked for; the machine's processors when absent.
 * Started by make, stubforge takes its tokens from make's jobserver, and `jobs` is only a bound.
 */
export function openPool(
  jobs: number | undefined,
  makeFlags: string | undefined,
  emit: Emit,
): TokenPool {
  const flags = parseMakeFlags(makeFlags ?? '');
  if (flags) {
    const outer = OuterJobserver.join(flags);
    if (outer) return new TokenPool(jobs ?? flags.jobs ?? availableParallelism(), outer);
    emit({
      type: 'note',
      message:
        'make does not share its job tokens with stubforge: put a + before the command in the makefile',
    });
  }
  return new TokenPool(jobs ?? availableParallelism());
}
