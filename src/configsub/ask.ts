import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import type { StartedCommand } from '../sandbox/sandbox.js';
import { UserError } from '../util/diagnostic.js';

/** A config.sub's answer to a name: its exit status, and everything that it prints. */
export interface Answer {
  status: number;
  output: string;
}

/** In seconds. A copy that waits for something is not a config.sub; real ones answer in milliseconds. */
const timeout = '120';

export interface AskOptions {
  signal?: AbortSignal;
  /** Sandboxes a command that only reads the folder that it runs in; without it there is no sandbox. */
  confine?: (command: readonly string[], folder: string) => Promise<StartedCommand>;
}

/** Fewer names than this are not worth a second shell. */
const shortList = 24;

/**
 * A single shell asks for the names one after another, which takes one process less per name than
 * starting each from here. The separators are control characters that no answer contains.
 */
const loop = String.raw`script=$1
shift
for name do
  answer=$(sh "$script" "$name" 2>&1 </dev/null)
  printf '%s\037%s\036' "$?" "$answer"
done`;

/**
 * Runs a config.sub with each name in turn; the answers are in the names' order. Long lists are
 * split among the processors.
 *
 * The script is called by its own folder's relative path, so that a wrapper finds its neighbours and
 * messages do not depend on where the tree is.
 */
export async function ask(
  script: string,
  names: readonly string[],
  options: AskOptions = {},
): Promise<Answer[]> {
  const share = Math.max(shortList, Math.ceil(names.length / availableParallelism()));
  const parts: Promise<Answer[]>[] = [];
  for (let start = 0; start < names.length; start += share) {
    parts.push(askInOneShell(script, names.slice(start, start + share), options));
  }
  return (await Promise.all(parts)).flat();
}

async function askInOneShell(
  script: string,
  names: readonly string[],
  { signal, confine }: AskOptions,
): Promise<Answer[]> {
  const folder = dirname(script);
  // `timeout` also ends what the script has started, both when time is up and when it is itself asked
  // to end; otherwise those processes would keep the output open.
  const command = ['timeout', timeout, 'sh', '-c', loop, 'sh', `./${basename(script)}`, ...names];
  const started = (await confine?.(command, folder)) ?? {
    words: command,
    directory: folder,
    environment: { PATH: process.env.PATH, LC_ALL: 'C' },
  };
  const { stdout, code } = await execa(started.words[0]!, started.words.slice(1), {
    cwd: started.directory,
    env: started.environment,
    extendEnv: false,
    stdin: 'ignore',
    stripFinalNewline: false,
    cancelSignal: signal,
    reject: false,
  });
  signal?.throwIfAborted();
  if (code === 'ENOENT') {
    throw new UserError({
      id: 'machine.missing-tools',
      message: `cannot run 'timeout' and 'sh' in ${folder}`,
      help: 'install the packages coreutils and dash',
    });
  }
  const answers = stdout.split('\x1e').map((record) => {
    const [status, output] = record.split('\x1f');
    return { status: Number(status), output: output ?? '' };
  });
  // When a script takes too long and is ended, names are left without an answer.
  return names.map((_, index) =>
    index < answers.length - 1
      ? answers[index]!
      : { status: 124, output: 'no answer within two minutes' },
  );
}

/** What this machine's shells report about a script's syntax, or undefined. */
export async function syntaxError(script: string): Promise<string | undefined> {
  for (const shell of ['sh', 'dash']) {
    const result = await execa(shell, ['-n', basename(script)], {
      cwd: dirname(script),
      reject: false,
      stdin: 'ignore',
    });
    // Not every machine has a dash beside its sh.
    if (result.code === 'ENOENT' && shell !== 'sh') continue;
    if (result.failed) return result.stderr || result.shortMessage;
  }
  return undefined;
}

/**
 * The machine that a config.guess recognises here, or undefined. It may compile small programs, so it
 * gets a folder of its own.
 */
export async function guess(script: string, signal?: AbortSignal): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'stubforge-guess-'));
  try {
    const result = await execa('timeout', [timeout, 'sh', script], {
      cwd: folder,
      env: { PATH: process.env.PATH, LC_ALL: 'C', TMPDIR: folder },
      extendEnv: false,
      stdin: 'ignore',
      cancelSignal: signal,
      reject: false,
    });
    signal?.throwIfAborted();
    return result.failed ? undefined : result.stdout.trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
