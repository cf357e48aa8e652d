// What was seen during a soak, as figures and as what is wrong with them. Pure.
import { median } from './figures.js';
import type { Progress } from './memtest.js';
import type { KernelStatistics } from './statistics.js';

const counters = ['switches', 'interrupts', 'timeouts', 'futexWaits', 'futexWakes'] as const;

/** The bounds that a soak is held against; each is far above what a healthy guest shows. */
export const usualBounds = {
  /** Growth of memory in KiB, from the first quarter to the last. */
  growthKiB: 512,
  /** A wake-up, a thread's wait for its turn, an answer of the monitor: milliseconds beyond what the
   * machine itself stood still. */
  slowMilliseconds: 3000,
  /** Without anything from the guest, or from the kernel's statistics beyond their turn: seconds. */
  silenceSeconds: 30,
};

type Bounds = typeof usualBounds;

/** An entry of a list in the order of time; `at` is in seconds of the soak. */
export type Timed<What> = What & { at: number };

export interface Seen {
  /** How long it was. */
  seconds: number;
  /** By how many milliseconds at most a timer of the machine that ran all this was late. */
  stall: number;
  /** Lines of nub's. */
  statistics: Timed<KernelStatistics>[];
  /** Of the monitor. */
  replies: Timed<{ milliseconds: number }>[];
  /** Of memtest86+, each time that it had drawn something. */
  progress: Timed<Progress>[];
}

/** Gives the figures, and a sentence for each bound that was broken. */
export function conclude(seen: Seen, bounds: Bounds = usualBounds) {
  const figures = figuresOf(seen);
  return { figures, diagnostics: diagnosticsOf(figures, bounds) };
}

export type Figures = ReturnType<typeof figuresOf>;

function figuresOf(seen: Seen) {
  const { seconds, stall, statistics, replies, progress } = seen;
  const quarter = (from: number, to: number) =>
    statistics
      .filter(({ at }) => at >= (seconds * from) / 4 && at < (seconds * to) / 4)
      .map(({ memoryKiB }) => memoryKiB);
  return {
    seconds: Math.round(seconds),
    memoryKiB: {
      firstQuarter: median(quarter(0, 1)),
      lastQuarter: median(quarter(3, 4)),
      most: most(statistics, 'mostKiB'),
      pageTables: statistics.at(-1)?.tablesKiB,
      growth: median(quarter(3, 4)) - median(quarter(0, 1)),
    },
    milliseconds: {
      latestWakeUp: most(statistics, 'lateMilliseconds'),
      longestReady: most(statistics, 'readyMilliseconds'),
      medianReply: median(replies.map(({ milliseconds }) => milliseconds)),
      longestReply: most(replies, 'milliseconds'),
      machineStall: stall,
    },
    silenceSeconds: {
      statistics: longestGap(statistics, seconds),
      guest: longestGap(progress, seconds),
    },
    stuck: most(statistics, 'stuck'),
    perSecond: Object.fromEntries(counters.map((name) => [name, rate(statistics, name)])),
    replies: replies.length,
    memtest: { ...(progress.at(-1) as Partial<Timed<Progress>>), at: undefined },
  };
}

function diagnosticsOf(figures: Figures, bounds: Bounds): string[] {
  const { memoryKiB, milliseconds, silenceSeconds, stuck, memtest } = figures;
  const diagnostics: string[] = [];
  // What is not a number has not been measured, and that must not pass.
  const within = (value: number | undefined, bound: number, sentence: string) => {
    if (!(value !== undefined && value <= bound)) diagnostics.push(sentence);
  };
  const { growthKiB } = bounds;
  const slowMilliseconds = bounds.slowMilliseconds + milliseconds.machineStall;
  within(memoryKiB.growth, growthKiB, `memory has grown by ${memoryKiB.growth} KiB`);
  within(
    milliseconds.latestWakeUp,
    slowMilliseconds,
    `a thread woke ${milliseconds.latestWakeUp} ms after its time`,
  );
  within(
    milliseconds.longestReady,
    slowMilliseconds,
    `a thread that could run waited ${milliseconds.longestReady} ms for its turn`,
  );
  within(
    milliseconds.longestReply,
    slowMilliseconds,
    `the monitor took ${Math.round(milliseconds.longestReply)} ms for an answer`,
  );
  for (const [who, gap] of Object.entries(silenceSeconds)) {
    within(gap, bounds.silenceSeconds, `nothing came from the ${who} for ${gap} s`);
  }
  within(stuck, 0, `${stuck} threads wait for a futex that has long changed`);
  if (memtest.time === undefined) diagnostics.push('memtest86+ has shown nothing');
  else within(memtest.errors, 0, `memtest86+ has found ${memtest.errors} errors`);
  return diagnostics;
}

/** The largest; of nothing it is no number, and not the least one there is. */
function most<Name extends string>(list: readonly Record<Name, number>[], name: Name): number {
  return list.length > 0 ? Math.max(...list.map((each) => each[name])) : Number.NaN;
}

/** The longest time in seconds between two entries, or an entry and the beginning or the end. */
function longestGap(list: readonly { at: number }[], seconds: number): number {
  const times = [0, ...list.map(({ at }) => at), seconds];
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  return Math.round(Math.max(...gaps) * 10) / 10;
}

/** How much a counter has gone up in a second, between the first line and the last. */
function rate(statistics: Seen['statistics'], name: (typeof counters)[number]): number {
  const [first, last] = [statistics[0], statistics.at(-1)];
  if (!first || !last) return Number.NaN;
  return Math.round((last[name] - first[name]) / (last.seconds - first.seconds));
}
