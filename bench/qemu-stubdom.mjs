// QEMU as a stub domain beside the same QEMU on Linux (bench/linux): built by the same recipes,
// booted in turn on the same machine, with the same memory and the same arguments.
//
// Usage: node bench/qemu-stubdom.mjs [RUNS] [--under xen|pvh|both] [--memory MIB] [-j JOBS]
//                                    [--times-only] [--json]
//
// Times count from the last line that Xen prints before it starts the guest; without Xen (pvh), from
// the start of the QEMU that boots it, so that its firmware is in them. `first line` is the guest's
// first on its console, `main` the answer to --version, `greeting` QMP's first line.
//
// The smallest memory, found by halving, is the least with which QEMU still greets. For an initial
// domain Xen wants the image's size rounded up to a power of two, as it does for no other domain;
// pvh tells what the guests themselves need.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MiB = 1024 * 1024;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const launcher = at('../stubforge');

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
const lost = /^nub: (panic|exit status)|Kernel panic|Out of memory|^init: (?!main)/;
const say = (text) => console.error(text);

/** Builds recipes through the command line; gives the outputs' folders by recipe. */
async function build(recipes, architecture) {
  const words = ['-C', at('linux'), 'build', ...recipes, '--arch', architecture, '--json'];
  if (options.jobs) words.push('-j', options.jobs);
  const child = spawn(launcher, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let outputs = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line);
    if (event.type === 'unit-done') say(`built ${event.unit} in ${Math.round(event.seconds)} s`);
    if (event.type === 'unit-failed') say(`failed ${event.unit}: ${event.problem.message}`);
    if (event.type === 'error') say(`error: ${event.problem.message}`);
    if (event.type === 'result') outputs = event.value.outputs;
  }
  return Object.fromEntries(
    recipes.map((recipe) => {
      const found = outputs[`${recipe}:${architecture}`] ?? outputs[`${recipe}:native`];
      if (!found) throw new Error(`${recipe} was not built`);
      return [recipe, found.output];
    }),
  );
}

const stubdomOutputs = await build(['qemu-alone', 'xen-hypervisor'], 'stubdom-amd64');
const linuxOutputs = await build(['qemu-initramfs', 'linux-kernel'], 'linux-amd64');

// Compiled by the launcher, which has just run.
const { readImageFile } = await import('../dist/image/image-file.js');
const { findQemu, pvhArguments, xenArguments } = await import('../dist/lab/qemu.js');
const { watchGuest } = await import('../dist/lab/watch.js');

const kernel = join(linuxOutputs['linux-kernel'], 'boot');
const initramfs = join(linuxOutputs['qemu-initramfs'], 'boot/initramfs.gz');
const stubdom = join(stubdomOutputs['qemu-alone'], 'boot');
const guests = {
  stubdom: {
    title: 'stub domain',
    kernel: join(stubdom, 'qemu-alone.elf'),
    files: [join(stubdom, 'qemu-alone.gz')],
    cmdline: (words) => words,
  },
  linux: {
    title: 'Linux',
    // Unpacked like ours: that is the work of Xen's toolstack, before the domain is there.
    kernel: join(kernel, 'vmlinux'),
    initramfs,
    files: [join(kernel, 'vmlinuz'), initramfs],
    cmdline: (words, lab) => `console=${lab === 'xen' ? 'hvc0' : 'ttyS0'} quiet -- ${words}`,
  },
};

const qemu = await findQemu();
const folder = await mkdtemp(join(tmpdir(), 'stubforge-bench-'));
// Guests do not outlive this process; the lab sees to that.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** QEMU's command line for a guest in a lab. */
function commandLine(lab, name, words, memoryMiB) {
  const guest = guests[name];
  const settings = {
    accelerator: 'tcg',
    memory: memoryMiB * MiB,
    cmdline: guest.cmdline(words, lab),
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
 * Boots a guest until a line of its console matches. Gives milliseconds from its start to its first
 * line and to that line, and how it ended.
 */
async function boot(lab, name, words, expect, memoryMiB, timeout = 120) {
  const control = new AbortController();
  let start = performance.now();
  let first;
  let found;
  let detail;
  let tail = [];
  try {
    const watched = await watchGuest(
      {
        qemu,
        args: commandLine(lab, name, words, memoryMiB),
        directory: folder,
        xen: lab === 'xen',
        judge: { expect, verdict: false },
        timeout,
      },
      {
        line(line, from) {
          const now = performance.now();
          if (from === 'hypervisor') {
            if (/ init memory$/.test(line)) start = now;
          } else if (line !== '') {
            first ??= now;
            if (expect.test(line)) found ??= now;
            else if (lost.test(line)) control.abort(new Error(line));
          }
        },
        signal: control.signal,
      },
    );
    ({ detail, tail } = watched);
  } catch (error) {
    if (!control.signal.aborted) throw error;
    detail = error.message;
  }
  return { ok: found !== undefined, first: first - start, found: found - start, detail, tail };
}

async function bootOrFail(lab, name, words, expect) {
  const booted = await boot(lab, name, words, expect, memory);
  if (booted.ok) return booted;
  throw new Error(
    [`${guests[name].title} under ${lab}: ${booted.detail}`, ...booted.tail].join('\n  '),
  );
}

/** The times of one guest in one lab, once. */
async function times(lab, name) {
  const version = await bootOrFail(lab, name, '--version', /^QEMU emulator version/);
  const greeted = await bootOrFail(lab, name, greetingArguments, greeting);
  return { firstLine: greeted.first, main: version.found, greeting: greeted.found };
}

/** The smallest memory in MiB with which a guest still greets. */
async function smallestMemory(lab, name, usualSeconds) {
  // Short of memory, a guest may just stop.
  const timeout = Math.max(10, 5 * usualSeconds);
  let [tooSmall, enough] = [1, memory];
  while (enough - tooSmall > 1) {
    const middle = Math.floor((tooSmall + enough) / 2);
    const { ok, detail } = await boot(lab, name, greetingArguments, greeting, middle, timeout);
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
        const one = await times(lab, name);
        say(
          `${guests[name].title} under ${lab}: greeting after ${Math.round(one.greeting)} ms` +
            (round < 0 ? ' (warm-up)' : ''),
        );
        if (round >= 0) taken[name].push(one);
      }
    }
    results[lab] = compareAll(['firstLine', 'main', 'greeting'], (mark, name) =>
      summary(taken[name].map((one) => one[mark])),
    );
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
    milliseconds: results,
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

const rounded = (number) => Math.round(number * 10) / 10;

function summary(list) {
  const sorted = list.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return { median: rounded(median), min: rounded(sorted[0]), max: rounded(sorted.at(-1)) };
}

/** Both guests' figures with their ratio: how much of Linux's the stub domain needs. */
function compare(each) {
  const number = (figure) => figure.median ?? figure;
  const ratio = number(each.stubdom) / number(each.linux);
  return { ...each, ratio: Math.round(ratio * 1000) / 1000 };
}

function compareAll(marks, figure) {
  return Object.fromEntries(
    marks.map((mark) => [
      mark,
      compare({ stubdom: figure(mark, 'stubdom'), linux: figure(mark, 'linux') }),
    ]),
  );
}

function print(result) {
  const rows = [['', guests.stubdom.title, guests.linux.title, 'ratio']];
  const add = (title, { stubdom, linux, ratio }, text) =>
    rows.push([title, text(stubdom), text(linux), ratio.toFixed(3)]);
  const names = { firstLine: 'first line', main: 'main', greeting: 'greeting' };
  for (const [lab, marks] of Object.entries(result.milliseconds)) {
    for (const [mark, figures] of Object.entries(marks)) {
      add(
        `${names[mark]} under ${lab}, ms`,
        figures,
        ({ median, min, max }) => `${median} (${min}–${max})`,
      );
    }
  }
  add('compressed, MiB', result.compressedBytes, (bytes) => (bytes / MiB).toFixed(2));
  for (const [lab, figures] of Object.entries(result.smallestMemoryMiB ?? {})) {
    add(`smallest memory under ${lab}, MiB`, figures, String);
  }
  const widths = rows[0].map((_each, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => row.map((text, column) => text.padEnd(widths[column])).join('  ');
  console.log(`median (min–max) of ${result.runs} boots with ${result.memoryMiB} MiB`);
  for (const row of rows) console.log(line(row).trimEnd());
}

const hypervisor = join(stubdomOutputs['xen-hypervisor'], 'usr/lib/xen/boot/xen.gz');
await writeFile(join(folder, 'xen'), (await readImageFile(hypervisor)).bytes);
for (const [name, guest] of Object.entries(guests)) {
  await symlink(guest.kernel, join(folder, name));
  if (guest.initramfs) await symlink(guest.initramfs, join(folder, `${name}.initramfs`));
}
await measure();
