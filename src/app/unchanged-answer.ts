/**
 * A build that found everything fresh leaves its answer in the memo, with all that it looked at. While
 * none of that has changed, the same command gives the same answer, without loading what plans and
 * builds. This file loads nothing but what that takes.
 */
import { fileURLToPath } from 'node:url';
import type { Event } from '../events/event.js';
import { settings } from '../project/settings.js';

export interface UnchangedAnswer {
  words: readonly string[];
  /** Where the command was given, and what of the environment it looks at. */
  situation: readonly string[];
  options: { json: boolean; quiet: boolean; verbose: boolean };
  events: readonly Event[];
  /** What it printed on standard output. */
  result: { value: unknown; text: string };
}

/** Raised when an answer of before means something else now. */
export const answerVersion = 1;

/** A record of the store that is used is marked once a day, which only planning does. */
export const longestMilliseconds = 12 * 60 * 60 * 1000;

/** All besides files that planning a build depends on; the state folder is where the memo is. */
export const situation = (): string[] => [
  process.version,
  process.cwd(),
  process.env.PATH ?? '',
  process.env.HOME ?? '',
  settings.sandbox ?? '',
];

/** The memo's name for these words. Two commands may share one: an answer tells its words. */
export function answerName(words: readonly string[]): string {
  let hash = 5381;
  for (const char of [...words, process.cwd()].join('\n')) {
    hash = (Math.imul(hash, 33) + char.codePointAt(0)!) >>> 0;
  }
  return `unchanged-${hash.toString(16)}`;
}

/** The program itself, which a new version replaces as a whole. */
export const programFiles = ['../cli/main.js', '../../package.json'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);
