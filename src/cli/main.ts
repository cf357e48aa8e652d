#!/usr/bin/env node
// Start-up counts: `--version` and `--help` of the whole read nothing but this file and the table of
// commands; a command loads only what it uses.
import { readFileSync } from 'node:fs';

const version = () =>
  (
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    }
  ).version;

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`stubforge ${version()}\n`);
} else if (
  words[0] === 'build' &&
  (await (await import('./answer-unchanged.js')).answerUnchanged(words))
) {
  // Nothing has changed since the same command found nothing to do.
} else {
  const { runCommandLine } = await import('./program.js');
  process.exitCode = await runCommandLine(words, version());
}
