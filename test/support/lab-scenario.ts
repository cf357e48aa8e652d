/** What tests with the lab's dom0 and xl share: running a scenario, and guests of all kinds. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ScenarioResult } from '../../src/lab/xl/run-scenario.js';
import { stubforge, stubforgeJson } from './stubforge.js';
import { temporaryTree } from './temporary.js';

/** The packages for a lab that runs 32-bit PV guests, too. */
export const labPackages = [
  ...['gcc', 'binutils', 'lib32gcc-12-dev', 'bison', 'flex'],
  ...['qemu-system-x86', 'xz-utils'],
];

/** The kinds of guests that the lab runs. 32-bit PVH guests hang under Xen 4.17 in the emulation. */
export const guestKinds = [
  ['pv', 'stubdom-amd64'],
  ['pvh', 'stubdom-amd64'],
  ['pv', 'stubdom-i386'],
] as const;

/** A scenario in a folder of its own, which the test's end removes; gives the file's path. */
export async function scenarioFile(text: string): Promise<string> {
  const file = join(await temporaryTree(), 'scenario.yaml');
  await writeFile(file, text);
  return file;
}

/** Runs a scenario, a file or one that came along, which has to pass; gives `console | line` of all. */
export async function passesScenario(scenario: string): Promise<string[]> {
  const { value, events, stdout, stderr } = await stubforgeJson<ScenarioResult>([
    ...['lab', 'xl', '--config', scenario],
  ]);
  const lines = events.flatMap((event) =>
    event.type === 'console' ? [`${event.from} | ${event.line}`] : [],
  );
  expect(value, stdout + stderr).toBeDefined();
  expect(value, lines.join('\n')).toMatchObject({ outcome: 'passed' });
  return lines;
}

/** Builds the tests of Xen's libraries, and the hypervisor for 32-bit guests; gives the programs' folder. */
export async function buildLibraryTests(architecture: string): Promise<string> {
  const { exitCode, stderr } = await stubforge(['build', 'xen-hypervisor-pv32']);
  expect(exitCode, stderr).toBe(0);
  const built = await stubforgeJson<{ outputs: Record<string, { output: string }> }>([
    ...['build', 'xen-libs-selftest', '--arch', architecture],
  ]);
  const { output } = built.value.outputs[`xen-libs-selftest:${architecture}`]!;
  return join(output, 'usr/libexec/xen-libs-selftest');
}
