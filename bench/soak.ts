// A guest that is busy for minutes, in QEMU, in a stub domain: whether memory grows and whether
// wake-ups get lost.
//
// Usage: npx tsx bench/soak.ts [--minutes N] [--arch stubdom-amd64|stubdom-i386] [--under xen|pvh]
//                            [-j JOBS] [--json] [--log FILE]
//
// The guest is memtest86+, which writes its screen to a serial port; QEMU keeps that in a ring, from
// which it is read over the monitor. The monitor is asked a few times a second, and then left alone
// for a while: an interrupt for the one thing may hide that one for another has been lost.
//
// It counts from memtest's first screen on. Figures are of the kernel's own statistics (nub.stats) and
// of the monitor's answers as seen from outside. The exit code is 1 when one of them breaks its bound;
// see support/soak-figures.ts.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from './support/build.js';
import { Memtest } from './support/memtest.js';
import { Monitor } from './support/monitor.js';
import { conclude, type Figures, type Seen } from './support/soak-figures.js';
import { readStatistics } from './support/statistics.js';

const MiB = 1024 * 1024;
const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    arch: { type: 'string', default: 'stubdom-amd64' },
    under: { type: 'string', default: 'xen' },
    jobs: { type: 'string', short: 'j' },
    log: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.minutes) * 60;
const isLab = (word: string) => word === 'xen' || word === 'pvh';
const hypervisors: Record<string, readonly [recipe: string, file: string]> = {
  'stubdom-amd64': ['xen-hypervisor', 'xen.gz'],
  'stubdom-i386': ['xen-hypervisor-pv32', 'xen-pv32.gz'],
};
const { under } = options;
const [hypervisor, hypervisorFile] = hypervisors[options.arch] ?? [];
if (!(seconds > 0) || !hypervisor || !hypervisorFile || !isLab(under)) {
  console.error('usage: soak.ts [--minutes N] [--arch ARCHITECTURE] [--under xen|pvh] [--json]');
  process.exit(2);
}

/** In seconds: how long the monitor is asked, and how long it is left alone then. */
const asking = 15;
const silence = 10;
/** In seconds: without an answer for so long, the soak is over. */
const answerTimeout = 60;
/** In seconds: between two lines of statistics. */
const statisticsPeriod = 5;

const outputs = await build(['qemu-tcg-stubdom', hypervisor], options.arch, options);

const cmdline = [
  `nub.stats=${statisticsPeriod}`,
  // Memory that would come into use bit by bit is small or there from the start, so that growth is a
  // leak: the guest's own, and the buffer for translated code, which is emptied whenever it is full.
  '-nodefaults -display none -accel tcg,tb-size=2 -M pc,memory-backend=ram -m 16 -device VGA',
  '-object memory-backend-ram,id=ram,size=16M,prealloc=on',
  // The size of the ring is in bytes, a power of two.
  '-chardev ringbuf,id=screen,size=65536 -serial chardev:screen',
  '-kernel /boot/memtest86+ia32.bin -append console=ttyS0,115200 -qmp stdio',
].join(' ');

const seen: Seen = { seconds: 0, stall: 0, statistics: [], replies: [], progress: [] };
const diagnostics: string[] = [];
const control = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => control.abort(new Error(`stopped by ${signal}`)));
}

let start: number | undefined;
let ticked = performance.now();
setInterval(() => {
  const now = performance.now();
  if (start !== undefined) seen.stall = Math.max(seen.stall, Math.round(now - ticked - 100));
  ticked = now;
}, 100).unref();
const elapsed = () => (performance.now() - (start ?? Number.NaN)) / 1000;
const monitor = new Monitor(
  {
    image: outputs['qemu-tcg-stubdom']!.gz!,
    under,
    hypervisor:
      under === 'xen'
        ? join(outputs[hypervisor]!.output, 'usr/lib/xen/boot', hypervisorFile)
        : undefined,
    memory: 96 * MiB,
    cmdline,
    log: options.log,
    timeout: seconds + 600,
  },
  (line) => {
    const statistics = readStatistics(line);
    if (statistics && start !== undefined) seen.statistics.push({ at: elapsed(), ...statistics });
  },
  control.signal,
);
const screen = new Memtest();

async function ask(command: string, words?: object): Promise<unknown> {
  const answered = monitor.execute(command, words);
  // A race that is lost must not end the program when the guest is stopped.
  answered.catch(() => {});
  const late = sleep(answerTimeout * 1000, undefined, { ref: false }).then(() => {
    throw new Error(`the monitor did not answer ${command} for ${answerTimeout} s`);
  });
  late.catch(() => {});
  const { value, milliseconds } = await Promise.race([answered, late]);
  if (start !== undefined) seen.replies.push({ at: elapsed(), milliseconds });
  return value;
}

/** Reads all that the guest has drawn so far. */
async function readScreen() {
  const size = 1024;
  let read: string;
  do {
    read = (await ask('ringbuf-read', { device: 'screen', size })) as string;
    if (screen.take(read) && screen.progress && start !== undefined)
      seen.progress.push({ at: elapsed(), ...screen.progress });
  } while (read.length >= size / 2);
}

/** Waits for the guest's firmware and for memtest's first screen. */
async function begin() {
  await monitor.greeting;
  await ask('qmp_capabilities');
  const deadline = performance.now() + answerTimeout * 1000;
  while (!screen.progress) {
    if (performance.now() > deadline) throw new Error(`no memtest86+ after ${answerTimeout} s`);
    await readScreen();
    await sleep(1000);
  }
  start = performance.now();
}

async function soak() {
  await begin();
  let told = 0;
  while (elapsed() < seconds) {
    const until = Math.min(elapsed() + asking, seconds);
    for (let count = 0; elapsed() < until; count++) {
      if (count % 8 === 0) await readScreen();
      const { running } = (await ask('query-status')) as { running: boolean };
      if (!running) throw new Error('the guest has stopped');
      await sleep(250);
    }
    if (elapsed() - told >= 60) {
      told = elapsed();
      const { time, passes, test } = screen.progress ?? {};
      const memory = seen.statistics.at(-1)?.memoryKiB;
      console.error(
        `${Math.round(told)} s: memtest86+ ${time}, pass ${passes}, test ${test}; ${memory} KiB`,
      );
    }
    await sleep(Math.max(0, Math.min(silence, seconds - elapsed())) * 1000);
  }
  await readScreen();
  seen.seconds = elapsed();
  await monitor.execute('quit');
  const { outcome, detail } = await monitor.ended;
  if (outcome !== 'passed') diagnostics.push(`at the end: ${detail}`);
}

try {
  await soak();
} catch (error) {
  seen.seconds ||= start === undefined ? 0 : elapsed();
  diagnostics.push((error as Error).message);
  control.abort(error);
  await monitor.ended.catch(() => {});
}
const { figures, diagnostics: broken } = conclude(seen);
diagnostics.push(...broken);
if (options.json) console.log(JSON.stringify({ ...options, ...figures, diagnostics }));
else print(figures);
for (const diagnostic of diagnostics) console.error(`problem: ${diagnostic}`);
process.exitCode = diagnostics.length > 0 ? 1 : 0;

function print(figures: Figures): void {
  const { memoryKiB, milliseconds, silenceSeconds, perSecond, memtest, ...rest } = figures;
  const inMiB = (kib: number) => (kib / 1024).toFixed(2);
  const rows: [title: string, value: string | number][] = [
    ['soak', `${rest.seconds} s of ${options.arch} under ${options.under}`],
    ['memory, first quarter, MiB', inMiB(memoryKiB.firstQuarter)],
    ['memory, last quarter, MiB', inMiB(memoryKiB.lastQuarter)],
    ['growth, MiB', inMiB(memoryKiB.growth)],
    ['memory at most, MiB', inMiB(memoryKiB.most)],
    ['latest wake-up by the clock, ms', milliseconds.latestWakeUp],
    ['longest wait for a turn, ms', milliseconds.longestReady],
    ['threads stuck at a futex', rest.stuck],
    ['answers of the monitor', rest.replies],
    ['answer: median, ms', Number(milliseconds.medianReply).toFixed(1)],
    ['answer: longest, ms', milliseconds.longestReply.toFixed(1)],
    ['longest stall of the machine, ms', milliseconds.machineStall],
    ['longest silence of statistics, s', silenceSeconds.statistics],
    ['longest silence of the guest, s', silenceSeconds.guest],
    ...Object.entries<number>(perSecond).map(([name, count]): [string, number] => [
      `${name} a second`,
      count,
    ]),
    ['memtest86+', `${memtest.time}, ${memtest.passes} passes, ${memtest.errors} errors`],
  ];
  const width = Math.max(...rows.map(([title]) => title.length));
  for (const [title, value] of rows) console.log(`${title.padEnd(width)}  ${value}`);
}
