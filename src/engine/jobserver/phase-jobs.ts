/** How the tools of a phase get their job tokens. */
import { join } from 'node:path';
import { execa } from 'execa';
import type { PhaseTool } from '../../recipe/build-system.js';
import { enclose } from '../../sandbox/enclose.js';
import type { SandboxedCommand } from '../../sandbox/sandbox.js';
import { shellQuote } from '../../util/shell-text.js';
import { returnsFifo, tokensFifo } from './feed.js';

/**
 * Who asks for tokens in a phase: make, or a ninja that is a client of jobservers; under an older ninja
 * the toolchain's compilers, each for itself.
 */
export type TokenClient = 'make' | 'ninja' | 'compilers';

/** What a phase needs to join: variables, and shell text that runs before its script. */
export interface JoinText {
  environment: Record<string, string>;
  prelude: string;
}

/** A phase's job tokens. They go back at the end of the scope, however the phase ended. */
export interface PhaseJobs extends AsyncDisposable {
  /** How the phase joins. `root` is the unit's workspace as the phase sees it. */
  join(root: string): JoinText;
}

export interface PhaseOptions {
  /** Absent where nobody asks for tokens: the phase runs one job at a time. */
  client?: TokenClient;
  /** The folder of the unit's workspace. */
  root: string;
}

/** Where the phases of a unit get their job tokens from. */
export interface JobTokens {
  /** Seconds that the unit has waited for tokens so far. */
  readonly waited: number;
  /** Waits until the next phase may run, and lets its tools run several jobs. */
  phase(options: PhaseOptions): Promise<PhaseJobs>;
}

/** The folder in a unit's workspace where the tools of its phases find their tokens. */
export const feedFolder = 'jobserver';

/** For a unit that has the machine to itself: each phase runs so many jobs. */
export function fixedJobs(jobs: number): JobTokens {
  const environment = { MAKEFLAGS: `-j${jobs}`, NINJAFLAGS: `-j${jobs}` };
  const phase: PhaseJobs = {
    join: () => ({ environment, prelude: '' }),
    [Symbol.asyncDispose]: async () => {},
  };
  return { waited: 0, phase: async () => phase };
}

/** How a phase joins a jobserver of `jobs` tokens. `root` is the workspace as the phase sees it. */
export function joinText(client: TokenClient | undefined, jobs: number, root: string): JoinText {
  const folder = join(root, feedFolder);
  const tokens = join(folder, tokensFifo);
  switch (client) {
    case undefined:
      return { environment: {}, prelude: '' };
    case 'ninja':
      return {
        environment: { MAKEFLAGS: ` -j${jobs} --jobserver-auth=fifo:${tokens}` },
        prelude: '',
      };
    case 'make': {
      // make before 4.4 knows descriptors only. Those of two FIFOs are as good as a pipe's ends.
      // Opening each for both ways first keeps the shell from waiting forever for a stubforge that
      // was killed.
      const open = (end: string, name: string) => {
        const fifo = shellQuote(join(folder, name));
        return `exec 7<>${fifo} ${end}${fifo} 7>&-\n`;
      };
      return {
        environment: { MAKEFLAGS: ` -j${jobs} --jobserver-auth=8,9` },
        prelude: open('8<', tokensFifo) + open('9>', returnsFifo),
      };
    }
    case 'compilers':
      // This ninja knows no jobserver: it starts what it likes, and the toolchain's compilers wait.
      return {
        environment: { NINJAFLAGS: `-j${jobs}`, STUBFORGE_JOBSERVER: folder },
        prelude: '',
      };
    default:
      return client satisfies never;
  }
}

/** Who asks for tokens in a phase whose work is shared out by `tool`. */
export async function tokenClient(
  tool: PhaseTool | undefined,
  buildEnvironment: Omit<SandboxedCommand, 'command'>,
  signal: AbortSignal,
): Promise<TokenClient | undefined> {
  if (tool !== 'ninja') return tool;
  const { words, directory, environment } = enclose({
    ...buildEnvironment,
    command: ['ninja', '--version'],
  });
  // Asked inside the build environment: a unit may bring its own ninja.
  const { stdout } = await execa(words[0]!, words.slice(1), {
    cwd: directory,
    env: environment,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 10_000,
    cancelSignal: signal,
  });
  return knowsJobserver(stdout ?? '') ? 'ninja' : 'compilers';
}

/** Judges by what `ninja --version` prints: from 1.13 on it is a client of FIFO jobservers. */
export function knowsJobserver(version: string): boolean {
  const [, major, minor] = /^([0-9]+)\.([0-9]+)/.exec(version) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 13);
}
