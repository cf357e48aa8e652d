import type { Diagnostic } from '../../util/diagnostic.js';
import { freeSpace, makeRoom } from '../../util/disk-errors.js';
import type { Advice, Adviser } from './adviser.js';
import { failurePatterns } from './failure-patterns.js';

/** Lines that name an error, as the usual tools write them. */
const errorLine =
  /(?:\b(?:fatal )?error:|^(?:configure: )?error\b|\bERROR:|^CMake Error|undefined reference to|multiple definition of|No rule to make target|not recognized|: (?:command )?not found|No space left|Read-only file system|File (?:size limit exceeded|too large)|bad interpreter|is missing on your system|^(?:make(?:\[\d+\])?|env|xargs): \S+: No such file|FileNotFoundError|MemoryError|memory exhausted|(?:out of|allocate) memory|name resolution|Cannot fork|fork: |[Cc]ould not resolve|[Nn]etwork is unreachable|service not known|cannot find -l|No package '|^Package \S+ was not found|Invalid configuration|Killed)/i;

/** Lines that look like errors and are none, or tell only that something went wrong before. */
const noise =
  /-Werror|Werror=|error\.[cho]\b|strerror|checking (?:for|whether|if)|^\s*(?:CC|AR|LD|RANLIB|install)\s|ninja: build stopped|collect2: error|\*\*\* \[|recipe for target|ld returned \d/;

const aftermath = /^FAILED: |\*\*\* |collect2: error|ninja: build stopped/;

export interface FailedPhase {
  phase: string;
  /** How the phase ended, e.g. `exit code 2`. */
  ending: string;
  /** The phase's part of the log. */
  lines: readonly string[];
}

/**
 * The report on a failed phase: its first real error with context, a guess at cause and remedy. With
 * an adviser it also names who could bring what is missing, and the place in the recipe's file.
 */
export async function explainFailure(
  failed: FailedPhase,
  unit?: { advise: Adviser; file: string },
): Promise<Diagnostic> {
  const { lines } = failed;
  let at = lines.findIndex((line) => errorLine.test(line) && !noise.test(line));
  // These only tell that something went wrong; better than nothing.
  if (at < 0) at = lines.findIndex((line) => aftermath.test(line));
  const guess = await explain(
    at >= 0 ? [lines[at]!, ...lines.slice(at, at + 12)] : lines.slice(-20),
    unit?.advise,
  );
  const context = at >= 0 ? lines.slice(Math.max(0, at - 2), at + 4) : lines.slice(-8);
  const error = at >= 0 ? lines[at]!.trim() : undefined;
  return {
    message: error
      ? `phase ${failed.phase} ended with ${failed.ending}: ${shorten(error, 200)}`
      : `phase ${failed.phase} ended with ${failed.ending}`,
    span: guess?.field && unit ? { file: unit.file, field: guess.field } : undefined,
    details: [
      ...context.map((line) => `${line === lines[at] ? '> ' : '  '}${shorten(line, 240)}`),
      ...(guess ? [`likely cause: ${guess.cause}`] : []),
    ],
    help: guess?.help,
  };
}

/** Less than this is full, for whoever wants to write a file, in bytes. */
const FULL = 1 << 20;

/**
 * Says so when the disk below `folder` is full: some programs fail from that in words of their own,
 * such as the shell's "I/O error".
 */
export async function blameFullDisk(diagnostic: Diagnostic, folder: string): Promise<Diagnostic> {
  const space = await freeSpace(folder);
  if (!space || space.bytes >= FULL) return diagnostic;
  return {
    ...diagnostic,
    details: [...(diagnostic.details ?? []), `likely cause: the disk is full: ${space.text}`],
    help: makeRoom,
  };
}

async function explain(lines: readonly string[], advise?: Adviser): Promise<Advice | undefined> {
  for (const line of lines) {
    for (const pattern of failurePatterns) {
      const match = pattern.match.exec(line);
      if (!match) continue;
      const groups = match.slice(1).filter((group) => group !== undefined);
      const advice = pattern.lacks && groups[0] && (await advise?.(pattern.lacks, groups[0]));
      if (advice) return advice;
      const fill = (text: string) =>
        text.replace(/\$(\d)/g, (_all, digit: string) => groups[Number(digit) - 1] ?? 'it');
      return { cause: fill(pattern.cause), help: fill(pattern.help) };
    }
  }
  return undefined;
}

const shorten = (text: string, length: number) =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** A unit's build failed: in which phase, and all that is known about it. */
export class UnitFailure extends Error {
  readonly diagnostics: Diagnostic[];

  constructor(
    readonly phase: string,
    diagnostic: Diagnostic | Diagnostic[],
    options?: ErrorOptions,
  ) {
    const diagnostics = Array.isArray(diagnostic) ? diagnostic : [diagnostic];
    super(diagnostics.map((each) => each.message).join('; '), options);
    this.diagnostics = diagnostics;
  }
}
