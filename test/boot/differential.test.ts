/**
 * One program on Linux and on the kernel: the answer of every call, its errno and what it put out are
 * compared. What differs on purpose, or still, is listed with reasons in
 * test/support/differential-differences.yaml; what is listed and does not differ is an error as well.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CaseRecord,
  compareCases,
  type Difference,
  runCases,
} from '../support/differential/cases.js';
import { compile, guest, linux, type Machine } from '../support/differential/machines.js';
import { describeFindings, examineSequences } from '../support/differential/sequences.js';
import { judgeCases, readTable, type SequenceRule } from '../support/differential/table.js';
import { updateTable } from '../support/differential/update-table.js';
import { lacks } from '../support/lacks.js';
import { isExhaustive } from '../support/sample.js';
import { stubforge, stubforgeJson } from '../support/stubforge.js';

const architectures = [
  ['amd64', 'x86_64-xen-stubdom', 'xen-hypervisor', 'xen.gz'],
  ['i386', 'i686-xen-stubdom', 'xen-hypervisor-pv32', 'xen-pv32.gz'],
] as const;
const labs = isExhaustive ? (['pvh', 'xen'] as const) : (['pvh'] as const);
const machines = architectures.flatMap(([name]) => labs.map((lab) => `${name} ${lab}`));

/** As many as can be examined in time; i386 shares what they test, and takes fewer in a sample. */
const length = 40;
const counts: Record<string, number> = isExhaustive
  ? { 'amd64 pvh': 10_000, 'i386 pvh': 10_000, 'amd64 xen': 2000, 'i386 xen': 2000 }
  : { 'amd64 pvh': 500, 'i386 pvh': 200 };

const noLab = lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'qemu-system-x86', 'bubblewrap');

describe.skipIf(noLab)('a program does as on Linux', () => {
  const table = readTable();
  const used = new Set<SequenceRule>();
  const guests = new Map<string, Machine>();
  const differences = new Map<string, Difference[]>();
  let folder: string;
  let reference: Machine;
  let expected: Map<string, CaseRecord>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stubforge-differential-'));
    const prefix = join(folder, 'prefix');
    const installed = await stubforge(['toolchain', 'install', prefix, '--all']);
    expect(installed.exitCode, installed.stderr).toBe(0);
    const native = join(folder, 'linux');
    await compile('gcc', native, ['-static']);
    reference = linux(native);
    expected = await runCases(reference);
    const hypervisors = labs.includes('xen' as never) ? await buildHypervisors() : {};
    for (const [name, triple, recipe, file] of architectures) {
      const program = join(folder, name);
      await compile(join(prefix, `bin/${triple}-gcc`), program);
      for (const under of labs) {
        const hypervisor =
          under === 'pvh' ? undefined : join(hypervisors[recipe]!, 'usr/lib/xen/boot', file);
        guests.set(
          `${name} ${under}`,
          guest({ name: `${name} ${under}`, program, under, hypervisor }),
        );
      }
    }
  });
  afterAll(async () => {
    if (process.env.STUBFORGE_UPDATE_DIFFERENCES === '1') await updateTable(differences);
    await rm(folder, { recursive: true, force: true });
  });

  test('every case comes to its end on Linux', () => {
    const early = [...expected].filter(([, { ending }]) => ending !== 'done');
    expect(early.map(([name]) => name)).toEqual([]);
    expect(expected.size).toBeGreaterThan(0);
  });

  test('the table names only cases that there are', () => {
    expect(Object.keys(table.cases).filter((name) => !expected.has(name))).toEqual([]);
  });

  // A case that hangs costs time, and not the processor's: the machines do it together.
  test.concurrent.each(machines)('in every case, on %s', async (name) => {
    const records = await runCases(guests.get(name)!, [...expected.keys()]);
    differences.set(name, compareCases(expected, records));
    expect(judgeCases(table, name, differences.get(name)!)).toBe('');
  });

  test.each(machines)('in made-up sequences of calls, on %s', async (name) => {
    const range = { first: 0, count: counts[name]!, length };
    const examined = await examineSequences(reference, guests.get(name)!, range, table);
    for (const rule of examined.used) used.add(rule);
    expect(describeFindings(name, examined.findings)).toBe('');
    // Sequences in which too much had to be left out prove little.
    expect(examined.agreed).toBeGreaterThan(range.count * 0.9);
  });

  test.runIf(isExhaustive)('every difference of sequences in the table shows', () => {
    expect(table.sequences.filter((rule) => !used.has(rule))).toEqual([]);
  });
});

/** The folders of the hypervisors that boot each architecture. */
async function buildHypervisors(): Promise<Record<string, string>> {
  const recipes = architectures.map(([, , recipe]) => recipe);
  const built = await stubforgeJson<{ outputs: Record<string, { output: string }> }>([
    'build',
    ...recipes,
  ]);
  expect(built.exitCode, built.stderr).toBe(0);
  return Object.fromEntries(
    recipes.map((recipe) => [recipe, built.value.outputs[`${recipe}:native`]!.output]),
  );
}
