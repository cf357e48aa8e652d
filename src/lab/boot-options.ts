/** The lab's options as words of a command line. */
import { UserError } from '../util/diagnostic.js';

const units: Record<string, number> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `64MiB`, `64M`, or `64` for MiB, in bytes. Throws UserError. */
export function parseMemory(text: string): number {
  const match = /^([1-9][0-9]{0,9})(?:([KMG])(?:iB)?)?$/.exec(text);
  const bytes = match ? Number(match[1]) * units[match[2] ?? 'M']! : 0;
  if (bytes >= 1024 * 1024 && bytes <= 2 ** 40) return bytes;
  throw new UserError(
    {
      id: 'cli.invalid-option',
      message: `'${text}' is not an amount of memory between 1 MiB and 1 TiB`,
      help: 'write a number and a unit, e.g. 64MiB',
    },
    2,
  );
}

/** A time in seconds. Throws UserError. */
export function parseSeconds(text: string): number {
  const seconds = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : 0;
  // Timers count milliseconds in 31 bits.
  if (seconds > 0 && seconds < 2_000_000) return seconds;
  throw new UserError(
    { id: 'cli.invalid-option', message: `'${text}' is not a positive number of seconds` },
    2,
  );
}

/** A regular expression of JavaScript's. Throws UserError. */
export function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UserError(
      {
        id: 'cli.invalid-option',
        message: `'${text}' is not a regular expression: ${(error as Error).message}`,
      },
      2,
    );
  }
}
