/**
 * What went wrong, in the form in which a user reads it.
 *
 * Every failure that a user can cause or mend is a `UserError` around one or more `Problem`s; the
 * command line prints them with their place and remedy and never with a stack trace. Anything else
 * that is thrown is a defect of stubforge itself.
 */
import { relative } from 'node:path';

/** A place in a file of the user's. Lines and columns count from 1. */
export interface Place {
  file: string;
  line?: number;
  column?: number;
  /** The text of the line, shown with a caret below `column`. */
  lineText?: string;
  /** How many columns the caret underlines; 1 when absent. */
  length?: number;
  /** The field's path, e.g. `source.debian`. */
  field?: string;
}

export interface Problem {
  /** One sentence without a final period: what is wrong. */
  message: string;
  place?: Place;
  /** What to do about it, in the imperative. */
  remedy?: string;
  /** Further lines that help, e.g. the cycle that was found, a log excerpt. */
  details?: string[];
}

export class UserError extends Error {
  readonly problems: Problem[];
  readonly exitCode: number;

  /** `exitCode` 1: the work failed; 2: it was asked for in a way that cannot be understood. */
  constructor(problem: Problem | Problem[], exitCode = 1) {
    const problems = Array.isArray(problem) ? problem : [problem];
    super(problems.map((each) => each.message).join('; '));
    this.name = 'UserError';
    this.problems = problems;
    this.exitCode = exitCode;
  }
}

/** Relative to the current folder for what lies in it, which is how people name their files. */
function shortPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}

/** Several lines: `error: message`, the place with a caret, details, and the remedy. */
export function renderProblem(problem: Problem, severity: 'error' | 'warning' = 'error'): string {
  const lines = [`${severity}: ${problem.message}`];
  const place = problem.place;
  if (place) {
    const position = [shortPath(place.file), place.line, place.column].filter(
      (part) => part !== undefined,
    );
    const field = place.field ? ` (field ${place.field})` : '';
    lines.push(`  --> ${position.join(':')}${field}`);
    if (place.lineText !== undefined && place.line !== undefined) {
      const gutter = String(place.line).length;
      lines.push(`${' '.repeat(gutter)} |`);
      lines.push(`${place.line} | ${place.lineText}`);
      if (place.column !== undefined) {
        // Tabs before the caret are kept as tabs so that it stays under its word.
        const lead = place.lineText.slice(0, place.column - 1).replace(/[^\t]/g, ' ');
        lines.push(`${' '.repeat(gutter)} | ${lead}${'^'.repeat(Math.max(1, place.length ?? 1))}`);
      }
    }
  }
  for (const detail of problem.details ?? []) lines.push(`  ${detail}`);
  if (problem.remedy) lines.push(`  help: ${problem.remedy}`);
  return lines.join('\n');
}
