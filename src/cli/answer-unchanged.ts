import {
  answerName,
  answerVersion,
  longestMilliseconds,
  situation,
  type UnchangedAnswer,
} from '../app/unchanged-answer.js';
import { findProject } from '../project/project.js';
import { isLive } from '../ui/create-listener.js';
import type { Output } from '../ui/output.js';
import { UserError } from '../util/diagnostic.js';
import { Memo } from '../util/memo.js';

/** What is wrong with where the state is to lie is told by the command itself. */
function projectOrNone() {
  try {
    return findProject();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * Answers a command as it was answered before, when nothing has changed since; otherwise resolves to
 * false, having done nothing.
 */
export async function answerUnchanged(words: readonly string[], output: Output): Promise<boolean> {
  const started = performance.now();
  const project = projectOrNone();
  if (!project) return false;
  const memo = new Memo(project.state.memo);
  const note = memo.read<UnchangedAnswer>(answerName(words), answerVersion, longestMilliseconds);
  const same = (a: readonly string[], b: readonly string[]) =>
    a.length === b.length && a.every((each, index) => each === b[index]);
  if (!note || !same(note.words, words) || !same(note.situation, situation())) return false;

  const { json, quiet, verbose } = note.options;
  const listener = json
    ? (await import('../ui/json.js')).jsonListener(output)
    : (await import('../ui/plain.js')).plainListener(
        { level: quiet ? 'diagnostics' : verbose ? 'everything' : 'normal' },
        output,
      );
  // On a terminal there is no list of units where none is built.
  const onTerminal = !json && !quiet && !verbose && isLive();
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
