import type { Diagnostic } from '../../util/diagnostic.js';
import { shortened } from '../../util/format.js';
import type { Advice, Adviser } from './advice.js';
import { failurePatterns } from './failure-patterns.js';

/** Lines that name an error, as the usual tools write them; those of a known kind are others. */
const errorLine =
  /(?:\b(?:fatal )?error:|^(?:configure: )?error\b|\bERROR:|^CMake Error|multiple definition of|Killed)/i;

/** Lines that look like errors and are none, or say only that something went wrong before. */
const noise =
  /(?:^|\s)-Werror|\b(?:[Ww]arning|WARNING):(?!.*is missing on your system)|error\.[cho]\b(?!:)|strerror|checking (?:for|whether|if)|^configure: error: in [`']|^\s*(?:CC|AR|LD|RANLIB|install)\s|ninja: build stopped|collect2: error|\*\*\* \[|recipe for target|ld returned \d/;

const aftermath = /^FAILED: |\*\*\* |collect2: error|ninja: build stopped/;

export interface FailedPhase {
  phase: string;
  /** How the phase ended, e.g. `exit code 2`. */
  ending: string;
  /** The phase's part of the log. */
  lines: readonly string[];
}

/**
 * The report on a failed phase: its first real error with context, a guess at its cause, and what to
 * do. With an adviser it also names what provides the missing thing, and the recipe's field.
 */
export async function explainFailure(
  failed: FailedPhase,
  unit?: { advise: Adviser; file: string },
): Promise<Diagnostic> {
  const { lines } = failed;
  let at = lines.findIndex(isError);
  // These only say that something went wrong; better than nothing.
  if (at < 0) at = lines.findIndex((line) => aftermath.test(line));
  const guess = await explain(at >= 0 ? lines.slice(at, at + 12) : lines.slice(-20), unit?.advise);
  const context = at >= 0 ? lines.slice(Math.max(0, at - 2), at + 4) : lines.slice(-8);
  const error = at >= 0 ? lines[at]!.trim() : undefined;
  return {
    id: guess?.id ?? 'failure.unexplained',
    message: error
      ? `phase ${failed.phase} ended with ${failed.ending}: ${shortened(error, 200)}`
      : `phase ${failed.phase} ended with ${failed.ending}`,
    span: guess?.field && unit ? { file: unit.file, field: guess.field } : undefined,
    details: [
      ...context.map((line) => `${line === lines[at] ? '> ' : '  '}${shortened(line, 240)}`),
      ...(guess ? [`likely cause: ${guess.cause}`] : []),
    ],
    help: guess?.help,
  };
}

async function explain(lines: readonly string[], advise?: Adviser): Promise<Advice | undefined> {
  for (const line of lines) {
    for (const pattern of failurePatterns) {
      const match = pattern.match.map((each) => each.exec(line)).find((each) => each !== null);
      if (!match) continue;
      const name = match[1];
      const advice = pattern.lacks && name && (await advise?.(pattern.lacks, name));
      if (advice) return { id: pattern.id, ...advice };
      const fill = (text: string) => text.replaceAll('$1', () => name ?? 'it');
      return { id: pattern.id, cause: fill(pattern.cause), help: fill(pattern.help) };
    }
  }
  return undefined;
}

const isError = (line: string) =>
  !noise.test(line) &&
  (errorLine.test(line) ||
    failurePatterns.some((pattern) => pattern.match.some((each) => each.test(line))));
