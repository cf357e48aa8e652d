/** What a user sees of commands, as text that is the same on every machine. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { execa } from 'execa';
import pLimit from 'p-limit';
import { packageRoot } from '../../src/project/project.js';
import { testState } from './stubforge.js';

const program = resolve(import.meta.dirname, '../../dist/cli/main.js');

export interface Transcribed {
  words: string[];
  environment?: Record<string, string>;
}

export interface TranscriptOptions {
  cwd: string;
  state: string;
  /** Texts of this run, and what is written in their place. */
  names?: Record<string, string>;
}

/** Runs the commands, and gives each with its output and its exit code where that is not 0. */
export async function transcript(
  commands: readonly (string[] | Transcribed)[],
  options: TranscriptOptions,
): Promise<string> {
  const limit = pLimit(2);
  const parts = await Promise.all(
    commands.map((command) =>
      limit(() => run(Array.isArray(command) ? { words: command } : command, options)),
    ),
  );
  return parts.join('\n');
}

async function run({ words, environment }: Transcribed, options: TranscriptOptions) {
  const { all, exitCode } = await execa(process.execPath, [program, ...words], {
    cwd: options.cwd,
    env: { STUBFORGE_HOME: options.state, LC_ALL: 'C', COLUMNS: '100', ...environment },
    reject: false,
    stdin: 'ignore',
    all: true,
  });
  const variables = Object.entries(environment ?? {}).map(([name, value]) => `${name}=${value} `);
  const typed = words.map((word) => (/^[\w./:=,+-]+$/.test(word) ? word : `'${word}'`));
  const ending = exitCode === 0 ? '' : `(exit code ${exitCode})\n`;
  const text = `$ ${variables.join('')}stubforge ${typed.join(' ')}\n${all}\n${ending}`;
  return sameEverywhere(text, options);
}

/** Leaves out of a text what differs between runs and machines: folders, times, sizes, hashes. */
export function sameEverywhere(text: string, { cwd, state, names = {} }: TranscriptOptions) {
  const folders = { ...names, [state]: '/state', [cwd]: '/project', [testState]: '/state' };
  let result = text;
  for (const [from, to] of Object.entries(folders)) result = result.replaceAll(from, to);
  return result
    .replaceAll(packageRoot, '/stubforge')
    .replaceAll(`${tmpdir()}/`, '/tmp/')
    .replace(/\b[0-9a-f]{64}\b/g, 'HASH')
    .replace(/\b(key|output) [0-9a-f]{12}\b/g, '$1 HASH')
    .replace(/127\.0\.0\.1:\d+/g, 'SERVER')
    .replace(/\bin \d+(\.\d+)? (ms|s|min)\b/g, 'in TIME');
}
