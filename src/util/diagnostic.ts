/**
 * What went wrong, in the form in which a user reads it.
 *
 * Every failure that a user can cause or mend is a `UserError` around one or more `Problem`s; the
 * command line prints them with their place and remedy and never with a stack trace. Anything else
 * that is thrown is a defect of stubforge itself.
 */
import { relative } from 'node:path';

/** A place in a file of the user's. Lines and columns count from 1. */
export interface Span {
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

export interface Diagnostic {
  /** One sentence without a final period: what is wrong. */
  message: string;
  span?: Span;
  /** What to do about it, in the imperative. */
  help?: string;
  /** Further lines that help, e.g. the cycle that was found, a log excerpt. */
  details?: string[];
}

export class UserError extends Error {
  readonly diagnostics: Diagnostic[];
  readonly exitCode: number;

  /** `exitCode` 1: the work failed; 2: it was asked for in a way that cannot be understood. */
  constructor(diagnostic: Diagnostic | Diagnostic[], exitCode = 1) {
    const diagnostics = Array.isArray(diagnostic) ? diagnostic : [diagnostic];
    super(diagnostics.map((each) => each.message).join('; '));
    this.name = 'UserError';
    this.diagnostics = diagnostics;
    this.exitCode = exitCode;
  }
}

/** Relative to the current folder for what lies in it, which is how people name their files. */
function shortPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}

/** Several lines: `error: message`, the place with a caret, details, and the remedy. */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  severity: 'error' | 'warning' = 'error',
): string {
  const lines = [`${severity}: ${diagnostic.message}`];
  const span = diagnostic.span;
  if (span) {
    const position = [shortPath(span.file), span.line, span.column].filter(
      (part) => part !== undefined,
    );
    const field = span.field ? ` (field ${span.field})` : '';
    lines.push(`  --> ${position.join(':')}${field}`);
    if (span.lineText !== undefined && span.line !== undefined) {
      const gutter = String(span.line).length;
      lines.push(`${' '.repeat(gutter)} |`);
      lines.push(`${span.line} | ${span.lineText}`);
      if (span.column !== undefined) {
        // Tabs before the caret are kept as tabs so that it stays under its word.
        const lead = span.lineText.slice(0, span.column - 1).replace(/[^\t]/g, ' ');
        lines.push(`${' '.repeat(gutter)} | ${lead}${'^'.repeat(Math.max(1, span.length ?? 1))}`);
      }
    }
  }
  for (const detail of diagnostic.details ?? []) lines.push(`  ${detail}`);
  if (diagnostic.help) lines.push(`  help: ${diagnostic.help}`);
  return lines.join('\n');
}
