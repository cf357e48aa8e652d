// QEMU as a stub domain beside the same QEMU on Linux (bench/linux): built by the same recipes,
// booted in turn on the same machine, with the same memory and the same arguments.
//
// Usage: npx tsx bench/qemu-stubdom.ts [RUNS] [--under xen|pvh|both] [--memory MIB] [-j JOBS]
//                                    [--times-only] [--json]
//
// Times count from the last line that Xen prints before it starts the guest; without Xen (pvh), from
// the start of the QEMU that boots it, so that its firmware is in them. `first line` is the guest's
// first on its console; `begins` is when it says that the program does: nub as the last thing before
// main(), Linux's first process as the last before execve(), so that the constructors are in the one
// time alone; `main` is the answer to --version, `greeting` QMP's first line.
//
// Memory in use is what the domain was given less what is free, within a second of the greeting. nub
// counts its free pages; Linux tells MemAvailable, in which all that could be given up counts as free.
// So the kernels' own parts, page tables and the unpacked initramfs are in use, as they should be. As
// an initial domain, Linux keeps bounce buffers that another domain does not need: pvh has none.
// These two and `begins` come from boots of their own, since telling takes time and memory too.
//
// The smallest memory, found by halving, is the least with which QEMU still greets. For an initial
// domain Xen wants the image's size rounded up to a power of two, as it does for no other domain;
// pvh tells what the guests themselves need.
import { rmSync } from 'node:fs';
import { mkdtemp, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readImageFile } from '../src/artifacts/image/image-file.js';
import { findQemu, type GuestOptions, pvhArguments, xenArguments } from '../src/lab/qemu.js';
import { watchGuest } from '../src/lab/watch-guest.js';
import { build } from './support/build.js';
import { median, rounded } from './support/figures.js';
import { readStatistics } from './support/statistics.js';

const MiB = 1024 * 1024;

type Lab = 'xen' | 'pvh';
type GuestName = 'stubdom' | 'linux';

interface Guest {
  title: string;
  kernel: string;
  initramfs?: string;
  /** What is shipped. */
  files: string[];
  cmdline: (words: string, lab: Lab, tells: boolean) => string;
  /** The line that says that the program begins. */
  begins: RegExp;
  /** The free memory that a line tells. */
  freeKiB: (line: string) => number | undefined;
}

interface Settings {
  /** For QEMU. */
  words: string;
  memoryMiB?: number;
  /** In seconds. */
  timeout?: number;
  /** Whether the guest tells what it uses. */
  tells?: boolean;
}

/** Of both guests, and how much of Linux's the stub domain needs. */
type Compared<Figure> = Record<GuestName, Figure> & { ratio: number };

interface Summary {
  median: number;
  min: number;
  max: number;
}

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    under: { type: 'string', default: 'both' },
    memory: { type: 'string', default: '192' },
    jobs: { type: 'string', short: 'j' },
    'times-only': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const runs = Number(positionals[0] ?? 5);
const memory = Number(options.memory);
const allLabs: readonly Lab[] = ['xen', 'pvh'];
const labs = allLabs.filter((lab) => options.under === 'both' || options.under === lab);
if (!(runs >= 1 && memory >= 1) || labs.length === 0) {
  console.error('usage: qemu-stubdom.ts [RUNS] [--under xen|pvh|both] [--memory MIB] [-j JOBS]');
  process.exit(2);
}

const greetingArguments = '-M none -nodefaults -display none -accel tcg,tb-size=16 -qmp stdio';
const greeting = /^\{"QMP":/;
/** What a guest prints that will not get any further; each has a way of its own. */
const lost = /^nub: (panic|exit status)|Kernel panic|Out of memory|^init: (?!main|program|memory)/;
/** What is measured of each boot, and how the table calls it. */
const marks = {
  firstLine: 'first line, ms',
  begins: 'begins, ms',
  main: 'main, ms',
  greeting: 'greeting, ms',
  memoryMiB: 'memory in use at the greeting, MiB',
} as const;
type Mark = keyof typeof marks;
const allMarks = Object.keys(marks) as Mark[];
const say = (text: string) => console.error(text);

const how = { project: 'linux', jobs: options.jobs };
const stubdomOutputs = await build(['qemu-alone', 'xen-hypervisor'], 'stubdom-amd64', how);
const linuxOutputs = await build(['qemu-initramfs', 'linux-kernel'], 'linux-amd64', how);

const kernel = join(linuxOutputs['linux-kernel'].output, 'boot');
const initramfs = join(linuxOutputs['qemu-initramfs'].output, 'boot/initramfs.gz');
const stubdom = join(stubdomOutputs['qemu-alone'].output, 'boot');
const guests: Record<GuestName, Guest> = {
  stubdom: {
    title: 'stub domain',
    kernel: join(stubdom, 'qemu-alone.elf'),
    files: [join(stubdom, 'qemu-alone.gz')],
    cmdline: (words, _lab, tells) => (tells ? `nub.stats=1 ${words}` : words),
    begins: /^nub: main after /,
    freeKiB(line) {
      const seen = readStatistics(line);
      return seen && seen.domainKiB - seen.memoryKiB;
    },
  },
  linux: {
    title: 'Linux',
    // Unpacked like ours: that is the work of Xen's toolstack, before the domain is there.
    kernel: join(kernel, 'vmlinux'),
    initramfs,
    files: [join(kernel, 'vmlinuz'), initramfs],
    // The kernel hands what it does not know to its first process: `memory` as a variable.
    cmdline: (words, lab, tells) =>
      `console=${lab === 'xen' ? 'hvc0' : 'ttyS0'} quiet ${tells ? 'memory=1 ' : ''}-- ${words}`,
    begins: /^init: program$/,
    freeKiB(line) {
      const free = /^init: memory: .*\bMemAvailable (\d+) KiB/.exec(line)?.[1];
      return free === undefined ? undefined : Number(free);
    },
  },
};

const qemu = await findQemu();
const folder = await mkdtemp(join(tmpdir(), 'stubforge-bench-'));
// Guests do not outlive this process; the lab sees to that.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** QEMU's command line for a guest in a lab. */
function commandLine(lab: Lab, name: GuestName, each: Settings): string[] {
  const { words, memoryMiB = memory, tells = false } = each;
  const guest = guests[name];
  const settings: GuestOptions = {
    accelerator: 'tcg',
    memory: memoryMiB * MiB,
    cmdline: guest.cmdline(words, lab, tells),
  };
  if (lab === 'pvh') {
    const initrd = guest.initramfs ? ['-initrd', `${name}.initramfs`] : [];
    return [...pvhArguments(name, settings), ...initrd];
  }
  // The list of modules is the last word; the second module is the initial domain's initramfs.
  const args = xenArguments('xen', name, settings);
  return guest.initramfs ? args.with(-1, `${args.at(-1)},${name}.initramfs`) : args;
}

/**
 * Boots a guest until `stop` says of a line of its console that this is enough; it gets the line and
 * milliseconds from the guest's start. Gives whether that happened, the milliseconds of the first
 * line and of that one, and how it ended otherwise.
 */
async function boot(
  lab: Lab,
  name: GuestName,
  settings: Settings,
  stop: (line: string, milliseconds: number) => boolean,
) {
  const control = new AbortController();
  const tail: string[] = [];
  let start = performance.now();
  let first: number | undefined;
  let found: number | undefined;
  const line = (text: string, from: string) => {
    const now = performance.now();
    tail.push(text);
    if (from === 'hypervisor') {
      if (/ init memory$/.test(text)) start = now;
      return;
    }
    if (text === '' || control.signal.aborted) return;
    first ??= now - start;
    if (stop(text, now - start)) found = now - start;
    else if (!lost.test(text)) return;
    control.abort(new Error(text));
  };
  let detail: string;
  try {
    const watched = await watchGuest(
      {
        qemu,
        args: commandLine(lab, name, settings),
        directory: folder,
        xen: lab === 'xen',
        judge: { expect: /(?!)/, verdict: false },
        timeout: settings.timeout ?? 120,
      },
      { line, signal: control.signal },
    );
    detail = watched.detail;
  } catch (error) {
    if (!control.signal.aborted) throw error;
    detail = (error as Error).message;
  }
  return { ok: found !== undefined, first, found, detail, tail: tail.slice(-40) };
}

/** Gives the milliseconds of the first line, and of the one that was enough. */
async function bootOrFail(...how: Parameters<typeof boot>) {
  const [lab, name] = how;
  const booted = await boot(...how);
  const { first, found } = booted;
  if (first !== undefined && found !== undefined) return { first, found };
  throw new Error(
    [`${guests[name].title} under ${lab}: ${booted.detail}`, ...booted.tail].join('\n  '),
  );
}

const greets = (line: string) => greeting.test(line);

/** The figures of one guest in one lab, once: three boots. */
async function figures(lab: Lab, name: GuestName): Promise<Record<Mark, number>> {
  const version = await bootOrFail(lab, name, { words: '--version' }, (line) =>
    /^QEMU emulator version/.test(line),
  );
  const greeted = await bootOrFail(lab, name, { words: greetingArguments }, greets);
  const guest = guests[name];
  let begins = Number.NaN;
  let hasGreeted = false;
  let freeKiB: number | undefined;
  const telling = { words: greetingArguments, tells: true };
  await bootOrFail(lab, name, telling, (line, milliseconds) => {
    if (guest.begins.test(line)) begins = Number.isNaN(begins) ? milliseconds : begins;
    hasGreeted ||= greets(line);
    freeKiB = hasGreeted ? guest.freeKiB(line) : undefined;
    return freeKiB !== undefined;
  });
  return {
    firstLine: greeted.first,
    begins,
    main: version.found,
    greeting: greeted.found,
    memoryMiB: memory - (freeKiB ?? Number.NaN) / 1024,
  };
}

/** The smallest memory in MiB with which a guest still greets. */
async function smallestMemory(lab: Lab, name: GuestName, usualSeconds: number): Promise<number> {
  // Short of memory, a guest may just stop.
  const timeout = Math.max(10, 5 * usualSeconds);
  let [tooSmall, enough] = [1, memory];
  while (enough - tooSmall > 1) {
    const middle = Math.floor((tooSmall + enough) / 2);
    const settings = { words: greetingArguments, memoryMiB: middle, timeout };
    const { ok, detail } = await boot(lab, name, settings, greets);
    const outcome = ok ? 'greets' : detail;
    say(`${guests[name].title} under ${lab} with ${middle} MiB: ${outcome}`);
    if (ok) enough = middle;
    else tooSmall = middle;
  }
  return enough;
}

interface Result {
  runs: number;
  memoryMiB: number;
  arguments: string;
  marks: Partial<Record<Lab, Record<Mark, Compared<Summary>>>>;
  compressedBytes: Compared<number>;
  smallestMemoryMiB?: Partial<Record<Lab, Compared<number>>>;
}

const names: readonly GuestName[] = ['stubdom', 'linux'];

/** Something of both guests, one after the other. */
async function ofBoth<Figure>(
  figure: (name: GuestName) => Promise<Figure>,
): Promise<Record<GuestName, Figure>> {
  return { stubdom: await figure('stubdom'), linux: await figure('linux') };
}

async function measure(): Promise<void> {
  const result: Result = {
    runs,
    memoryMiB: memory,
    arguments: greetingArguments,
    marks: {},
    compressedBytes: compare(
      await ofBoth(async (name) => {
        const each = await Promise.all(guests[name].files.map((file) => stat(file)));
        return each.reduce((sum, { size }) => sum + size, 0);
      }),
      (bytes) => bytes,
    ),
  };
  const greetingSeconds: Partial<Record<Lab, Record<GuestName, number>>> = {};
  for (const lab of labs) {
    const taken: Record<GuestName, Record<Mark, number>[]> = { stubdom: [], linux: [] };
    // In turn, so that a change of the machine's speed meets both alike; the first round is warm-up.
    for (let round = -1; round < runs; round++) {
      for (const name of names) {
        const one = await figures(lab, name);
        say(
          `${guests[name].title} under ${lab}: greeting after ${Math.round(one.greeting)} ms` +
            (round < 0 ? ' (warm-up)' : ''),
        );
        if (round >= 0) taken[name].push(one);
      }
    }
    const summaries = (mark: Mark) => ({
      stubdom: summary(taken.stubdom, mark),
      linux: summary(taken.linux, mark),
    });
    result.marks[lab] = Object.fromEntries(
      allMarks.map((mark) => [mark, compare(summaries(mark), (each) => each.median)]),
    ) as Record<Mark, Compared<Summary>>;
    const { stubdom, linux } = summaries('greeting');
    greetingSeconds[lab] = { stubdom: stubdom.max / 1000, linux: linux.max / 1000 };
  }
  if (!options['times-only']) {
    result.smallestMemoryMiB = {};
    for (const lab of labs) {
      const smallest = await ofBoth((name) =>
        smallestMemory(lab, name, greetingSeconds[lab]![name]),
      );
      result.smallestMemoryMiB[lab] = compare(smallest, (MiB) => MiB);
    }
  }
  if (options.json) console.log(JSON.stringify(result));
  else print(result);
}

function summary(list: readonly Record<Mark, number>[], mark: Mark): Summary {
  const figures = list.map((one) => one[mark]);
  return {
    median: rounded(median(figures), 1),
    min: rounded(Math.min(...figures), 1),
    max: rounded(Math.max(...figures), 1),
  };
}

function compare<Figure>(
  each: Record<GuestName, Figure>,
  number: (figure: Figure) => number,
): Compared<Figure> {
  return { ...each, ratio: rounded(number(each.stubdom) / number(each.linux), 3) };
}

function print(result: Result): void {
  const rows = [['', guests.stubdom.title, guests.linux.title, 'ratio']];
  const add = <Figure>(
    title: string,
    { stubdom, linux, ratio }: Compared<Figure>,
    text: (figure: Figure) => string,
  ) => rows.push([title, text(stubdom), text(linux), ratio.toFixed(3)]);
  const range = ({ median, min, max }: Summary) => `${median} (${min}–${max})`;
  for (const [lab, each] of Object.entries(result.marks)) {
    for (const mark of allMarks) add(`${lab}: ${marks[mark]}`, each[mark], range);
  }
  for (const [lab, figures] of Object.entries(result.smallestMemoryMiB ?? {})) {
    add(`${lab}: smallest memory, MiB`, figures, String);
  }
  add('compressed, MiB', result.compressedBytes, (bytes) => (bytes / MiB).toFixed(2));
  const widths = rows[0]!.map((_each, column) =>
    Math.max(...rows.map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]) =>
    row.map((text, column) => text.padEnd(widths[column]!)).join('  ');
  console.log(`median (min–max) of ${result.runs} boots with ${result.memoryMiB} MiB`);
  for (const row of rows) console.log(line(row).trimEnd());
}

const hypervisor = join(stubdomOutputs['xen-hypervisor'].output, 'usr/lib/xen/boot/xen.gz');
await writeFile(join(folder, 'xen'), (await readImageFile(hypervisor)).bytes);
for (const [name, guest] of Object.entries(guests)) {
  await symlink(guest.kernel, join(folder, name));
  if (guest.initramfs) await symlink(guest.initramfs, join(folder, `${name}.initramfs`));
}
await measure();
