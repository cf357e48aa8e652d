// QEMU as a stub domain beside the same QEMU on Linux (bench/linux): built by the same recipes,
// booted in turn on the same machine, with the same memory and the same arguments.
//
// Usage: node bench/qemu-stubdom.mjs [RUNS] [--under xen|pvh|both] [--memory MIB] [-j JOBS]
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
import { build } from './support/build.mjs';
import { readStatistics } from './support/statistics.mjs';

const MiB = 1024 * 1024;

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
const labs = options.under === 'both' ? ['xen', 'pvh'] : [options.under];
if (!(runs >= 1 && memory >= 1) || labs.some((lab) => lab !== 'xen' && lab !== 'pvh')) {
  console.error('usage: qemu-stubdom.mjs [RUNS] [--under xen|pvh|both] [--memory MIB] [-j JOBS]');
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
};
const say = (text) => console.error(text);

const how = { project: 'linux', jobs: options.jobs };
const stubdomOutputs = await build(['qemu-alone', 'xen-hypervisor'], 'stubdom-amd64', how);
const linuxOutputs = await build(['qemu-initramfs', 'linux-kernel'], 'linux-amd64', how);

// Compiled by the launcher, which has just run.
const { readImageFile } = await import('../dist/artifacts/image/image-file.js');
const { findQemu, pvhArguments, xenArguments } = await import('../dist/lab/qemu.js');
const { watchGuest } = await import('../dist/lab/watch-guest.js');

const kernel = join(linuxOutputs['linux-kernel'].output, 'boot');
const initramfs = join(linuxOutputs['qemu-initramfs'].output, 'boot/initramfs.gz');
const stubdom = join(stubdomOutputs['qemu-alone'].output, 'boot');
const guests = {
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
    freeKiB: (line) => /^init: memory: .*\bMemAvailable (\d+) KiB/.exec(line)?.[1],
  },
};

const qemu = await findQemu();
const folder = await mkdtemp(join(tmpdir(), 'stubforge-bench-'));
// Guests do not outlive this process; the lab sees to that.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** QEMU's command line for a guest in a lab. */
function commandLine(lab, name, { words, memoryMiB = memory, tells = false }) {
  const guest = guests[name];
  const settings = {
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
 * line and of that one, and how it ended otherwise. Settings: the `words` for QEMU, `memoryMiB`, the
 * `timeout` in seconds, and whether the guest `tells` what it uses.
 */
async function boot(lab, name, settings, stop) {
  const control = new AbortController();
  const tail = [];
  let start = performance.now();
  let first;
  let found;
  const line = (text, from) => {
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
  let detail;
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
    detail = error.message;
  }
  return { ok: found !== undefined, first, found, detail, tail: tail.slice(-40) };
}

async function bootOrFail(lab, name, settings, stop) {
  const booted = await boot(lab, name, settings, stop);
  if (booted.ok) return booted;
  throw new Error(
    [`${guests[name].title} under ${lab}: ${booted.detail}`, ...booted.tail].join('\n  '),
  );
}

const greets = (line) => greeting.test(line);

/** The figures of one guest in one lab, once: three boots. */
async function figures(lab, name) {
  const version = await bootOrFail(lab, name, { words: '--version' }, (line) =>
    /^QEMU emulator version/.test(line),
  );
  const greeted = await bootOrFail(lab, name, { words: greetingArguments }, greets);
  const guest = guests[name];
  let begins;
  let hasGreeted = false;
  let freeKiB;
  const telling = { words: greetingArguments, tells: true };
  await bootOrFail(lab, name, telling, (line, milliseconds) => {
    if (guest.begins.test(line)) begins ??= milliseconds;
    hasGreeted ||= greets(line);
    freeKiB = hasGreeted ? guest.freeKiB(line) : undefined;
    return freeKiB !== undefined;
  });
  return {
    firstLine: greeted.first,
    begins,
    main: version.found,
    greeting: greeted.found,
    memoryMiB: memory - Number(freeKiB) / 1024,
  };
}

/** The smallest memory in MiB with which a guest still greets. */
async function smallestMemory(lab, name, usualSeconds) {
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

async function measure() {
  const names = Object.keys(guests);
  const results = {};
  for (const lab of labs) {
    const taken = Object.fromEntries(names.map((name) => [name, []]));
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
    const compareMark = (mark) =>
      compare(Object.fromEntries(names.map((name) => [name, summary(taken[name], mark)])));
    results[lab] = Object.fromEntries(Object.keys(marks).map((mark) => [mark, compareMark(mark)]));
  }
  const sizes = {};
  for (const name of names) {
    const each = await Promise.all(guests[name].files.map((file) => stat(file)));
    sizes[name] = each.reduce((sum, { size }) => sum + size, 0);
  }
  const result = {
    runs,
    memoryMiB: memory,
    arguments: greetingArguments,
    marks: results,
    compressedBytes: compare(sizes),
  };
  if (!options['times-only']) {
    result.smallestMemoryMiB = {};
    for (const lab of labs) {
      const smallest = {};
      for (const name of names) {
        const usualSeconds = results[lab].greeting[name].max / 1000;
        smallest[name] = await smallestMemory(lab, name, usualSeconds);
      }
      result.smallestMemoryMiB[lab] = compare(smallest);
    }
  }
  if (options.json) console.log(JSON.stringify(result));
  else print(result);
}

function summary(list, mark) {
  const sorted = list.map((one) => one[mark]).toSorted((a, b) => a - b);
  const [median, min, max] = [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted.at(-1)].map(
    (number) => Math.round(number * 10) / 10,
  );
  return { median, min, max };
}

/** Both guests' figures with their ratio: how much of Linux's the stub domain needs. */
function compare(each) {
  const number = (figure) => figure.median ?? figure;
  const ratio = number(each.stubdom) / number(each.linux);
  return { ...each, ratio: Math.round(ratio * 1000) / 1000 };
}

function print(result) {
  const rows = [['', guests.stubdom.title, guests.linux.title, 'ratio']];
  const add = (title, { stubdom, linux, ratio }, text) =>
    rows.push([title, text(stubdom), text(linux), ratio.toFixed(3)]);
  const range = ({ median, min, max }) => `${median} (${min}–${max})`;
  for (const [lab, each] of Object.entries(result.marks)) {
    for (const [mark, figures] of Object.entries(each))
      add(`${lab}: ${marks[mark]}`, figures, range);
  }
  for (const [lab, figures] of Object.entries(result.smallestMemoryMiB ?? {})) {
    add(`${lab}: smallest memory, MiB`, figures, String);
  }
  add('compressed, MiB', result.compressedBytes, (bytes) => (bytes / MiB).toFixed(2));
  const widths = rows[0].map((_each, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => row.map((text, column) => text.padEnd(widths[column])).join('  ');
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
