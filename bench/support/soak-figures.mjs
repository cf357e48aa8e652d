// What was seen during a soak, as figures and as what is wrong with them. Pure.

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

/**
 * `seen` holds lists in the order of time, each entry with `at` in seconds of the soak:
 *   statistics  lines of nub's (statistics.mjs)
 *   replies     { milliseconds } of the monitor
 *   progress    { passes, errors, time } of memtest86+, each time that it had drawn something
 * and `seconds`, how long it was, and `stall`, by how many milliseconds at most a timer of the
 * machine that ran all this was late. Gives the figures, and a sentence for each bound that was broken.
 */
export function conclude(seen, bounds = usualBounds) {
  const { seconds, stall, statistics, replies, progress } = seen;
  const quarter = (from, to) =>
    statistics
      .filter(({ at }) => at >= (seconds * from) / 4 && at < (seconds * to) / 4)
      .map(({ memoryKiB }) => memoryKiB);
  const figures = {
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
    perSecond: Object.fromEntries(
      ['switches', 'interrupts', 'timeouts', 'futexWaits', 'futexWakes'].map((name) => [
        name,
        rate(statistics, name),
      ]),
    ),
    replies: replies.length,
    memtest: { ...progress.at(-1), at: undefined },
  };
  return { figures, diagnostics: diagnosticsOf(figures, bounds) };
}

function diagnosticsOf({ memoryKiB, milliseconds, silenceSeconds, stuck, memtest }, bounds) {
  const diagnostics = [];
  // What is not a number has not been measured, and that must not pass.
  const within = (value, bound, sentence) => {
    if (!(value <= bound)) diagnostics.push(sentence);
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
function most(list, name) {
  return list.length > 0 ? Math.max(...list.map((each) => each[name])) : Number.NaN;
}

/** The longest time in seconds between two entries, or an entry and the beginning or the end. */
function longestGap(list, seconds) {
  const times = [0, ...list.map(({ at }) => at), seconds];
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  return Math.round(Math.max(...gaps) * 10) / 10;
}

/** How much a counter has gone up in a second, between the first line and the last. */
function rate(statistics, name) {
  const [first, last] = [statistics[0], statistics.at(-1)];
  return Math.round((last?.[name] - first?.[name]) / (last?.seconds - first?.seconds));
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}
