/**
 * A build that found everything fresh leaves a note of all that it looked at. While none of it has
 * changed, the same command gives the same answer, without loading what plans and builds. This file
 * loads nothing but what that takes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Event } from '../events/event.js';
import { findProject } from '../project/project.js';
import type { StateLayout } from '../project/state-layout.js';
import { type Stamps, stampsHold } from '../util/stamps.js';

export interface Note {
  /** When it was written, in milliseconds since 1970. */
  time: number;
  words: readonly string[];
  /** Where the command was given, and what of the environment it looks at. */
  situation: readonly string[];
  options: { json: boolean; quiet: boolean; verbose: boolean };
  stamps: Stamps;
  events: readonly Event[];
  /** What it printed on standard output. */
  result: { value: unknown; text: string };
}

/** A record of the store that is used is marked once a day, which only planning does. */
const longestMilliseconds = 12 * 60 * 60 * 1000;

/** All besides files that planning a build depends on; the state folder is told by its own place. */
export const situation = (): string[] => [
  process.version,
  process.cwd(),
  process.env.PATH ?? '',
  process.env.HOME ?? '',
  process.env.STUBFORGE_SANDBOX ?? '',
];

/** Where the note for these words is kept. Two commands may share a place: a note tells its words. */
export function noteFile(state: StateLayout, words: readonly string[]): string {
  let hash = 5381;
  for (const char of [...words, process.cwd()].join('\n')) {
    hash = (Math.imul(hash, 33) + char.codePointAt(0)!) >>> 0;
  }
  return join(state.memo, `unchanged-${hash.toString(16)}.json`);
}

/** The program itself, which a new version replaces as a whole. */
export const programFiles = ['../cli/main.js', '../../package.json'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);

/**
 * Answers a command as it was answered before, when nothing has changed since; otherwise resolves to
 * false, having done nothing.
 */
export async function answerUnchanged(words: readonly string[]): Promise<boolean> {
  const started = performance.now();
  let note: Note;
  try {
    note = JSON.parse(readFileSync(noteFile(findProject().state, words), 'utf8')) as Note;
  } catch {
    return false;
  }
  const same = (a: readonly string[], b: readonly string[]) =>
    a.length === b.length && a.every((each, index) => each === b[index]);
  if (!same(note.words, words) || !same(note.situation, situation())) return false;
  const age = Date.now() - note.time;
  if (age < 0 || age > longestMilliseconds) return false;
  if (!stampsHold(note.stamps)) return false;

  const { json, quiet, verbose } = note.options;
  const listener = json
    ? (await import('../ui/json.js')).jsonListener()
    : (await import('../ui/plain.js')).plainListener({
        level: quiet ? 'problems' : verbose ? 'everything' : 'normal',
      });
  // On a terminal there is no list of units where none is built.
  const onTerminal = !json && !verbose && process.stderr.isTTY;
  for (const event of note.events) {
    if (onTerminal && event.type === 'unit-fresh') continue;
    const seconds = (performance.now() - started) / 1000;
    listener.handle(event.type === 'build-done' ? { ...event, seconds } : event);
  }
  const { value, text } = note.result;
  if (json) listener.handle({ type: 'result', command: 'build', value });
  else listener.print(text);
  await listener.close();
  return true;
}
