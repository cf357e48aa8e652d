/** Limits as recipes write them. */
import { z } from 'zod';
import type { Limits } from '../sandbox/limits.js';
import { parseQuantity } from '../util/quantity.js';
import { durationSchema, sizeSchema } from './field-schemas.js';

/** Far above what a healthy build takes: they end a runaway build, and do not share out resources. */
const defaultLimits = {
  memory: '8GiB',
  processes: 1024,
  time: '2h',
  silence: '30min',
  disk: '16GiB',
  output: '64MiB',
} as const;

/** The kernel allows no more. */
const mostProcesses = 4_194_304;

const defaultText = (name: keyof typeof defaultLimits) => `default: ${defaultLimits[name]}`;

export const limitsSchema = z
  .strictObject({
    memory: sizeSchema.describe(`Of all its processes together; ${defaultText('memory')}.`),
    processes: z
      .int({ error: 'expected a whole number' })
      .min(1, { error: 'expected at least one process' })
      .max(mostProcesses, { error: `expected at most ${mostProcesses} processes` })
      .describe(`Processes and threads at once; ${defaultText('processes')}.`),
    time: durationSchema.describe(`All phases together; ${defaultText('time')}.`),
    silence: durationSchema.describe(`Without any output; ${defaultText('silence')}.`),
    disk: sizeSchema.describe(`All files of its build; ${defaultText('disk')}.`),
    output: sizeSchema.describe(`All that it prints; ${defaultText('output')}.`),
  })
  .partial()
  .describe('What its build may take of the machine; beyond that it is ended.');

type WrittenLimits = z.output<typeof limitsSchema>;

const sizes: Record<string, number> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const durations: Record<string, number> = { s: 1, min: 60, h: 3600 };

/** `64MiB` in bytes. */
export const bytes = (size: string): number => parseQuantity(size, sizes)!;

/** The limits of a recipe: later ones win, and defaults apply where none is given. */
export function evaluateLimits(...written: readonly (WrittenLimits | undefined)[]): Limits {
  if (written.every((each) => each === undefined)) return defaults;
  return measuredLimits(Object.assign({}, defaultLimits, ...written));
}

function measuredLimits(limits: Required<WrittenLimits>): Limits {
  return {
    memory: bytes(limits.memory),
    processes: limits.processes,
    time: parseQuantity(limits.time, durations)!,
    silence: parseQuantity(limits.silence, durations)!,
    disk: bytes(limits.disk),
    output: bytes(limits.output),
  };
}

const defaults = Object.freeze(measuredLimits(defaultLimits));
