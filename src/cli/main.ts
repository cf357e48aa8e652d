#!/usr/bin/env node
// Start-up counts: `--version` and `--help` of the whole read little but this file and the table of
// commands; a command loads only what it uses.
import { readFileSync } from 'node:fs';
import { settings } from '../project/settings.js';
import { Output } from '../ui/output.js';

const version = () =>
  (
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    }
  ).version;

/** Gives the exit code. */
async function main(words: string[], output: Output): Promise<number> {
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
    output.write(`stubforge ${version()}\n`);
    return 0;
  }
  if (words[0] === 'build' && !settings.debug) {
    // Nothing may have changed since the same command found nothing to do.
    const { answerUnchanged } = await import('./answer-unchanged.js');
    if (await answerUnchanged(words, output)) return 0;
  }
  return (await import('./program.js')).runCommandLine(words, version(), output);
}

const output = new Output();
const exitCode = await main(process.argv.slice(2), output);
await output.flush();
if (output.lost?.reason) {
  output.say(`error: standard output cannot be written: ${output.lost.reason}\n`);
}
process.exitCode = output.lost?.exitCode ?? exitCode;
