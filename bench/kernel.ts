// What the kernel's basic operations cost, beside Linux: one program (bench/linux/recipes/kernel-bench),
// booted with nub and with the distro's kernel in the same emulator, in turn. Each figure is the least
// of several rounds in each boot, and the least of all boots; the ratio is nub's to Linux's.
//
// Usage: npx tsx bench/kernel.ts [BOOTS] [--under xen|pvh|both] [-j JOBS] [--json]
import { rmSync } from 'node:fs';
import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readImageFile } from '../src/artifacts/image/image-file.js';
import { findQemu, type GuestOptions, pvhArguments, xenArguments } from '../src/lab/qemu.js';
import { watchGuest } from '../src/lab/watch-guest.js';
import { build } from './support/build.js';
import { rounded } from './support/figures.js';

type Lab = 'xen' | 'pvh';
const names = ['nub', 'linux'] as const;
type GuestName = (typeof names)[number];

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    under: { type: 'string', default: 'both' },
    jobs: { type: 'string', short: 'j' },
    json: { type: 'boolean', default: false },
  },
});
const boots = Number(positionals[0] ?? 3);
const allLabs: readonly Lab[] = ['xen', 'pvh'];
const labs = allLabs.filter((lab) => options.under === 'both' || options.under === lab);
if (!(boots >= 1) || labs.length === 0) {
  console.error('usage: kernel.ts [BOOTS] [--under xen|pvh|both] [-j JOBS] [--json]');
  process.exit(2);
}

const how = { project: 'linux', jobs: options.jobs };
const ours = await build(['kernel-bench-alone', 'xen-hypervisor'], 'stubdom-amd64', how);
const theirs = await build(['kernel-bench-initramfs', 'linux-kernel'], 'linux-amd64', how);

const qemu = await findQemu();
const folder = await mkdtemp(join(tmpdir(), 'stubforge-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

// QEMU takes no path with a comma in it.
const hypervisor = await readImageFile(
  join(ours['xen-hypervisor'].output, 'usr/lib/xen/boot/xen.gz'),
);
await writeFile(join(folder, 'xen'), hypervisor.bytes);
await symlink(
  join(ours['kernel-bench-alone'].output, 'boot/kernel-bench-alone.elf'),
  join(folder, 'nub'),
);
await symlink(join(theirs['linux-kernel'].output, 'boot/vmlinux'), join(folder, 'linux'));
await symlink(
  join(theirs['kernel-bench-initramfs'].output, 'boot/initramfs.gz'),
  join(folder, 'initramfs'),
);

function commandLine(lab: Lab, name: GuestName): string[] {
  const settings: GuestOptions = {
    accelerator: 'tcg',
    memory: 256 * 2 ** 20,
    cmdline: name === 'nub' ? '' : `console=${lab === 'xen' ? 'hvc0' : 'ttyS0'} quiet --`,
  };
  if (lab === 'pvh') {
    return [...pvhArguments(name, settings), ...(name === 'linux' ? ['-initrd', 'initramfs'] : [])];
  }
  // The list of modules is the last word; the second module is the initial domain's initramfs.
  const args = xenArguments('xen', name, settings);
  return name === 'linux' ? args.with(-1, `${args.at(-1)},initramfs`) : args;
}

/** Nanoseconds of one operation, by its name. */
async function measure(lab: Lab, name: GuestName): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const control = new AbortController();
  const tail: string[] = [];
  const line = (text: string) => {
    tail.push(text);
    const [, operation, nanoseconds] = /^bench: (\S+) (\d+)$/.exec(text) ?? [];
    if (operation === 'end') control.abort();
    else if (operation !== undefined) found.set(operation, Number(nanoseconds));
  };
  try {
    await watchGuest(
      {
        qemu,
        args: commandLine(lab, name),
        directory: folder,
        xen: lab === 'xen',
        judge: { expect: /(?!)/, verdict: false },
        timeout: 300,
      },
      { line, signal: control.signal },
    );
  } catch (error) {
    if (!control.signal.aborted) throw error;
  }
  if (control.signal.aborted) return found;
  throw new Error(
    [`${name} under ${lab} did not come to the end`, ...tail.slice(-20)].join('\n  '),
  );
}

const rows: Record<string, string | number>[] = [];
for (const lab of labs) {
  const least: Record<GuestName, Map<string, number>> = { nub: new Map(), linux: new Map() };
  for (let boot = 0; boot < boots; boot++) {
    for (const name of names) {
      console.error(`${name} under ${lab}, boot ${boot + 1} of ${boots}`);
      for (const [operation, nanoseconds] of await measure(lab, name)) {
        const before = least[name].get(operation) ?? Number.POSITIVE_INFINITY;
        least[name].set(operation, Math.min(before, nanoseconds));
      }
    }
  }
  for (const [operation, linux] of least.linux) {
    const nub = least.nub.get(operation) ?? Number.NaN;
    rows.push({ lab, operation, nubNs: nub, linuxNs: linux, ratio: rounded(nub / linux, 2) });
  }
}
if (options.json) console.log(JSON.stringify(rows));
else console.table(rows);
