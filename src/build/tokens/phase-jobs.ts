/** How the tools of a phase come by their tokens. */
import { join } from 'node:path';
import { execa } from 'execa';
import type { PhaseTool } from '../../recipe/build-system.js';
import { shellQuote } from '../../util/shell.js';
import { returnsFifo, tokensFifo } from './feed.js';
import type { TokenPool } from './pool.js';
import type { Turn } from './turn.js';

/** What a phase needs to join: variables, and shell text that runs before its script. */
export interface JoinText {
  environment: Record<string, string>;
  prelude: string;
}

/** How a phase joins. `root` is the unit's workspace by the name that the phase knows it by. */
export type PhaseJobs = (root: string) => JoinText;

export interface JobsOptions {
  tool?: PhaseTool;
  /** The folder of the unit's workspace; the feed is made in it. */
  root: string;
}

const feedFolder = 'jobserver';

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
  const { tool, root } = options;
  if (!tool) return work(oneJob);
  const drivers = tool === 'ninja' && !(await ninjaJoins());
  const feed = await pool.openFeed(join(root, feedFolder), turn.priority);
  // Where each compiler asks for itself, the tool that starts them needs no token of its own.
  if (drivers) turn.end();
  try {
    return await work((seen) => {
      const folder = join(seen, feedFolder);
      return drivers ? driverJobs(pool.jobs, folder) : jobserver(tool, pool.jobs, folder);
    });
  } finally {
    await pool.closeFeed(feed);
    if (drivers) await turn.begin();
  }
}

function jobserver(tool: PhaseTool, jobs: number, folder: string): JoinText {
  const tokens = join(folder, tokensFifo);
  if (tool === 'ninja') {
    return {
      environment: { MAKEFLAGS: ` -j${jobs} --jobserver-auth=fifo:${tokens}` },
      prelude: '',
    };
  }
  // make before 4.4 knows descriptors only. Those of two FIFOs are as good as a pipe's ends.
  return {
    environment: { MAKEFLAGS: ` -j${jobs} --jobserver-auth=8,9` },
    prelude: `exec 8<${shellQuote(tokens)} 9>${shellQuote(join(folder, returnsFifo))}\n`,
  };
}

/** For a ninja that knows no jobserver: it starts what it likes, and the toolchain's compiler waits. */
function driverJobs(jobs: number, folder: string): JoinText {
  return {
    environment: { NINJAFLAGS: `-j${jobs}`, STUBFORGE_JOBSERVER: folder },
    prelude: '',
  };
}

let joins: Promise<boolean> | undefined;

/** Whether this machine's ninja is a client of jobservers: 1.13 and later, for FIFOs. */
function ninjaJoins(): Promise<boolean> {
  joins ??= execa('ninja', ['--version'], { reject: false }).then(({ stdout }) =>
    knowsJobserver(stdout ?? ''),
  );
  return joins;
}

/** Judges by what `ninja --version` prints. */
export function knowsJobserver(version: string): boolean {
  const [, major, minor] = /^([0-9]+)\.([0-9]+)/.exec(version) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 13);
}
