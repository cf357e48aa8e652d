/** Limits as recipes write them. */
import type { Limits } from '../sandbox/limits.js';

/** As a recipe writes them. */
export interface WrittenLimits {
  memory?: string;
  processes?: number;
  time?: string;
  silence?: string;
  disk?: string;
  output?: string;
}

/** Far above what a healthy build takes: they end what has gone wrong, and share out nothing. */
export const defaultLimits = {
  memory: '8GiB',
  processes: 1024,
  time: '2h',
  silence: '30min',
  disk: '16GiB',
  output: '64MiB',
} as const satisfies Required<WrittenLimits>;

const sizes: Record<string, number> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const durations: Record<string, number> = { s: 1, min: 60, h: 3600 };

/** A number with a unit behind it, in that unit's base: `64MiB` in bytes, `30min` in seconds. */
const measured = (text: string, units: Record<string, number>) => {
  const [, number, unit] = /^([0-9]+)([A-Za-z]+)$/.exec(text)!;
  return Number(number) * units[unit!]!;
};

/** `64MiB` in bytes. */
export const bytes = (size: string): number => measured(size, sizes);

/** The limits of a recipe: later ones win, and the defaults stand in for what none says. */
export function evaluateLimits(...written: readonly (WrittenLimits | undefined)[]): Limits {
  if (written.every((each) => each === undefined)) return defaults;
  return measuredLimits(Object.assign({}, defaultLimits, ...written));
}

function measuredLimits(limits: Required<WrittenLimits>): Limits {
  return {
    memory: bytes(limits.memory),
    processes: limits.processes,
    time: measured(limits.time, durations),
    silence: measured(limits.silence, durations),
    disk: bytes(limits.disk),
    output: bytes(limits.output),
  };
}

const defaults = Object.freeze(measuredLimits(defaultLimits));
