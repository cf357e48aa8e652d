/** How the tools of a phase come by their tokens. */
import { join } from 'node:path';
import { shellQuote } from '../../util/shell.js';
import { returnsFifo, tokensFifo } from './feed.js';
import type { TokenPool } from './token-pool.js';
import type { Turn } from './turn.js';

/** What a phase needs to join: variables, and shell text that runs before its script. */
export interface JoinText {
  environment: Record<string, string>;
  prelude: string;
}

/** How a phase joins. `root` is the unit's workspace by the name that the phase knows it by. */
export type PhaseJobs = (root: string) => JoinText;

/**
 * Who asks for tokens in a phase: make, or a ninja that is a client of jobservers; under an older ninja
 * the toolchain's compilers, each for itself.
 */
export type TokenClient = 'make' | 'ninja' | 'compilers';

export interface JobsOptions {
  /** Absent where nobody does: the phase runs one job at a time. */
  client?: TokenClient;
  /** The folder of the unit's workspace; the feed is made in it. */
  root: string;
}

const feedFolder = 'jobserver';

/** ninja looks for tokens only when a job of its own ends, and so may leave them lying for long. */
const ninjaOfferTimeout = 500;

/** A phase that takes part in nothing: one job at a time. */
export const oneJob: PhaseJobs = () => ({ environment: {}, prelude: '' });

/**
 * Runs a phase's work with access to job tokens. The turn stands for the one job that every tool may
 * run without asking; when the work has ended, all tokens that it took are back, however it ended.
 */
export async function withJobs<Result>(
  pool: TokenPool,
  turn: Turn,
  options: JobsOptions,
  work: (jobs: PhaseJobs) => Promise<Result>,
): Promise<Result> {
  const { client, root } = options;
  if (!client) return work(oneJob);
  const drivers = client === 'compilers';
  const offerTimeout = client === 'ninja' ? ninjaOfferTimeout : undefined;
  const feed = await pool.openFeed(join(root, feedFolder), turn.priority, offerTimeout);
  // Where each compiler asks for itself, the tool that starts them needs no token of its own.
  if (drivers) turn.end();
  try {
    return await work((seen) => {
      const folder = join(seen, feedFolder);
      return drivers ? driverJobs(pool.jobs, folder) : jobserver(client, pool.jobs, folder);
    });
  } finally {
    await pool.closeFeed(feed);
    if (drivers) await turn.begin();
  }
}

function jobserver(client: 'make' | 'ninja', jobs: number, folder: string): JoinText {
  const tokens = join(folder, tokensFifo);
  if (client === 'ninja') {
    return {
      environment: { MAKEFLAGS: ` -j${jobs} --jobserver-auth=fifo:${tokens}` },
      prelude: '',
    };
  }
  // make before 4.4 knows descriptors only. Those of two FIFOs are as good as a pipe's ends. To open
  // one for both ways first keeps the shell from waiting for ever for a stubforge that was killed.
  const open = (end: string, name: string) => {
    const fifo = shellQuote(join(folder, name));
    return `exec 7<>${fifo} ${end}${fifo} 7>&-\n`;
  };
  return {
    environment: { MAKEFLAGS: ` -j${jobs} --jobserver-auth=8,9` },
    prelude: open('8<', tokensFifo) + open('9>', returnsFifo),
  };
}

/** For a ninja that knows no jobserver: it starts what it likes, and the toolchain's compiler waits. */
function driverJobs(jobs: number, folder: string): JoinText {
  return {
    environment: { NINJAFLAGS: `-j${jobs}`, STUBFORGE_JOBSERVER: folder },
    prelude: '',
  };
}
