/** What a soak is judged by: each way for a guest to go wrong is seen, and a good one passes. */
import { expect, test } from 'vitest';

const url = new URL('../../../bench/support/', import.meta.url);
const { conclude } = await import(new URL('soak-figures.ts', url).href);
const { readStatistics } = await import(new URL('statistics.ts', url).href);

const line = (change: Record<string, number> = {}) => {
  const all = { seconds: 5, memory: 40_000, late: 900, ready: 4_100, stuck: 0, ...change };
  return (
    `nub: stats ${all.seconds.toFixed(3)} s: memory ${all.memory} of 98304 KiB, most 41000, ` +
    'tables 180; threads 4 of 9; switches 100, interrupts 200, timeouts 30, futex waits 20, ' +
    `wakes 10; late ${all.late} us, ready ${all.ready} us, stuck ${all.stuck}`
  );
};

/** Ten minutes in which all is well, but for what is changed from the 90th line on. */
function soak(change: Record<string, number> = {}) {
  const times = Array.from({ length: 119 }, (_, index) => 5 * (index + 1));
  return {
    seconds: 600,
    stall: 20,
    statistics: times.map((at) => ({
      at,
      ...readStatistics(line({ seconds: at, ...(at >= 450 ? change : {}) })),
    })),
    replies: times.map((at) => ({ at, milliseconds: 3 })),
    progress: times.map((at) => ({ at, time: `0:00:${at}`, passes: 1, errors: 0 })),
  };
}

test('a line of statistics is read, any other is not one', () => {
  expect(readStatistics(line({ seconds: 12.5 }))).toEqual({
    seconds: 12.5,
    memoryKiB: 40_000,
    domainKiB: 98_304,
    mostKiB: 41_000,
    tablesKiB: 180,
    threads: 4,
    switches: 100,
    interrupts: 200,
    timeouts: 30,
    futexWaits: 20,
    futexWakes: 10,
    lateMilliseconds: 0.9,
    readyMilliseconds: 4.1,
    stuck: 0,
  });
  expect(readStatistics('nub: main after 5 us')).toBeUndefined();
});

test('a guest that is well has no problems', () => {
  const { figures, diagnostics } = conclude(soak());
  expect(diagnostics).toEqual([]);
  expect(figures).toMatchObject({
    seconds: 600,
    memoryKiB: { firstQuarter: 40_000, lastQuarter: 40_000, growth: 0, most: 41_000 },
    milliseconds: { latestWakeUp: 0.9, longestReady: 4.1, medianReply: 3, longestReply: 3 },
    silenceSeconds: { statistics: 5, guest: 5 },
    memtest: { passes: 1, errors: 0 },
  });
});

test.each([
  [{ memory: 41_000 }, 'memory has grown by 1000 KiB'],
  [{ late: 5_000_000 }, 'a thread woke 5000 ms after its time'],
  [{ ready: 4_000_000 }, 'a thread that could run waited 4000 ms for its turn'],
  [{ stuck: 1 }, '1 threads wait for a futex that has long changed'],
])('%j is a problem', (change, diagnostic) => {
  expect(conclude(soak(change)).diagnostics).toEqual([diagnostic]);
});

test('what the machine itself stood still is not held against the guest', () => {
  expect(conclude({ ...soak({ late: 5_000_000 }), stall: 2_500 }).diagnostics).toEqual([]);
});

test('silence, slow answers and errors that memtest finds are problems', () => {
  const seen = soak();
  seen.statistics = seen.statistics.filter(({ at }) => at < 200 || at > 240);
  seen.progress = seen.progress.filter(({ at }) => at < 500);
  seen.progress.at(-1)!.errors = 7;
  seen.replies[50]!.milliseconds = 4000.4;
  expect(conclude(seen).diagnostics).toEqual([
    'the monitor took 4000 ms for an answer',
    'nothing came from the statistics for 50 s',
    'nothing came from the guest for 105 s',
    'memtest86+ has found 7 errors',
  ]);
});

test('what was never measured does not pass', () => {
  const { diagnostics } = conclude({
    seconds: 60,
    stall: 0,
    statistics: [],
    replies: [],
    progress: [],
  });
  expect(diagnostics).toEqual([
    'memory has grown by NaN KiB',
    'a thread woke NaN ms after its time',
    'a thread that could run waited NaN ms for its turn',
    'the monitor took NaN ms for an answer',
    'nothing came from the statistics for 60 s',
    'nothing came from the guest for 60 s',
    'NaN threads wait for a futex that has long changed',
    'memtest86+ has shown nothing',
  ]);
});
