/**
 * What went wrong, in the form in which a user reads it.
 *
 * Every failure that a user can cause or repair is a `UserError` around one or more `Diagnostic`s; the
 * command line prints them with their span and help and never with a stack trace, unless --debug asks
 * for it. Anything else that is thrown is a defect of stubforge itself.
 */
import { relative } from 'node:path';
import type { z } from 'zod';
import type { diagnosticSchema, spanSchema } from './diagnostic-schema.js';

/** Where in a user's file the cause lies. Lines and columns count from 1. */
export interface Span extends z.infer<typeof spanSchema> {}

/**
 * One thing that is wrong. `message` says what, in one sentence without a final period; `span` says
 * where in the user's file; `help` says what to do about it, in the imperative; `details` are further
 * lines, such as a part of a log. `id` names the kind of diagnostic for programs, whatever its words: an area
 * and a name in kebab case, e.g. `recipe.unknown-field`.
 */
export interface Diagnostic extends z.infer<typeof diagnosticSchema> {}

export class UserError extends Error {
  readonly diagnostics: Diagnostic[];
  readonly exitCode: number;

  /**
   * `exitCode` 1: the work failed; 2: the request cannot be understood. `cause` is what was thrown
   * first; it is shown with --debug only.
   */
  constructor(diagnostic: Diagnostic | Diagnostic[], exitCode = 1, options?: ErrorOptions) {
    const diagnostics = Array.isArray(diagnostic) ? diagnostic : [diagnostic];
    super(diagnostics.map((each) => each.message).join('; '), options);
    this.name = 'UserError';
    this.diagnostics = diagnostics;
    this.exitCode = exitCode;
  }
}

/** Relative to the current folder for files below it, which is how people name their files. */
function shortPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}

export interface RenderOptions {
  severity?: 'error' | 'warning';
  /** Also show the diagnostic's id. */
  id?: boolean;
}

/** Several lines: `error: message`, the span with a caret, details, and the help. */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions = {}): string {
  const lines = [`${options.severity ?? 'error'}: ${diagnostic.message}`];
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
  if (options.id && diagnostic.id) lines.push(`  id: ${diagnostic.id}`);
  return lines.join('\n');
}
