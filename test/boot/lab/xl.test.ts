/** Guests of a real dom0 under a real Xen, started with xl, on an emulated machine. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScenarioResult } from '../../../src/lab/xl/run-scenario.js';
import { InstalledToolchain } from '../../support/installed-toolchain.js';
import { labPackages, scenarioFile } from '../../support/lab-scenario.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';

const noLab = lacks(...labPackages, theNetwork);

async function xl(...words: string[]) {
  const ran = await stubforgeJson<ScenarioResult>(['lab', 'xl', ...words]);
  expect(ran.value, ran.stdout + ran.stderr).toBeDefined();
  const lines = (from: string) =>
    ran.events.flatMap((event) =>
      event.type === 'console' && event.from === from ? [event.line] : [],
    );
  return { ...ran, lines };
}

describe.skipIf(noLab)('lab xl', () => {
  let toolchain: InstalledToolchain;

  beforeAll(async () => {
    toolchain = await InstalledToolchain.install();
    for (const words of [['zlib-selftest'], ['hello', '--arch', 'all'], ['xen-hypervisor-pv32']]) {
      const { exitCode, stderr } = await stubforge(['build', ...words]);
      expect(exitCode, stderr).toBe(0);
    }
  });

  afterAll(() => toolchain?.remove());

  test.each([
    ['pv', 'Xen PV 64 MiB'],
    ['pvh', 'Xen PVH 64 MiB'],
  ])('zlib-selftest as a %s guest prints and ends with 0', async (type, kind) => {
    const { value, exitCode, lines } = await xl('zlib-selftest', '--guest', type);
    const printed = lines('guest');
    expect(value, printed.join('\n')).toMatchObject({ outcome: 'passed' });
    expect(exitCode).toBe(0);
    expect(printed[0]).toContain(kind);
    expect(printed.at(-2)).toMatch(/^zlib-selftest: 50 round trips, checksum [0-9a-f]{8}$/);
    expect(printed.at(-1)).toBe('nub: exit status 0');
  });

  test('hello for i386 is a PV guest of a Xen that runs those', async () => {
    const { value, lines } = await xl('hello', '--arch', 'stubdom-i386');
    expect(value, lines('guest').join('\n')).toMatchObject({ outcome: 'passed' });
    expect(lines('guest')[0]).toContain('i386 Xen PV 64 MiB');
  });

  test('an expectation that fails is named with its step, the domain and why it ended', async () => {
    const { value, exitCode } = await xl('hello', '--expect', 'never printed');
    expect(exitCode).toBe(1);
    expect(value).toMatchObject({
      outcome: 'unmatched',
      detail:
        'step 2: expect /never printed/ on guest: guest ended (poweroff) without showing /never printed/',
    });
  });

  test('guests live side by side, and dom0 does commands meanwhile', async () => {
    const file = await scenarioFile(`summary: two guests at once
domains:
  one: { type: pv, kernel: hello, config: on_poweroff = "preserve" }
  two: { type: pvh, kernel: hello, config: on_poweroff = "preserve" }
steps:
  - create: one
  - create: two
  - { verdict: one, expect: packed into the image }
  - { verdict: two, expect: packed into the image }
  - { run: xl list two, expect: ^two }
  - run: |
      xl destroy one
      xl list one
    status: 1
`);
    const { value, lines } = await xl('--config', file);
    expect(value, lines('xl').join('\n')).toMatchObject({ outcome: 'passed' });
  });

  test('xl starts an image as a stub domain, and its console is shown', async () => {
    const file = await scenarioFile(`summary: an image in the place of a stub domain
domains:
  guest:
    type: hvm
    stubdomain: { kernel: hello }
steps:
  # It does not say that it serves, for which xl would wait long.
  - run: start guest hvm /scenario/guest/xl.cfg guest guest-dm > /dev/null 2>&1 &
  - { expect: Hello from a stub domain, on: guest-dm }
`);
    const { value, lines } = await xl('--config', file);
    expect(value, lines('guest-dm').join('\n')).toMatchObject({ outcome: 'passed' });
  });

  test('xl asks a guest to end, and is told how it ended', async () => {
    const source = join(import.meta.dirname, '../../support/programs/ends.c');
    const program = await toolchain.program(source);
    const file = await scenarioFile(`summary: ends of all kinds
domains:
  off: { type: pv, kernel: ${program} }
  again: { type: pvh, kernel: ${program} }
  plain: { type: pv, kernel: ${program}, cmdline: plain }
  crash: { type: pv, kernel: ${program}, cmdline: abort }
steps:
  - create: off
  - { expect: ^ready, on: off }
  - run: xl shutdown off
  - { verdict: off, expect: ^asked to end }
  - create: again
  - { expect: ^ready, on: again }
  - run: xl reboot again
  - { ends: again, reason: reboot }
  - { expect: ^asked to end, on: again }
  - create: plain
  - { expect: ^ready, on: plain }
  - run: xl shutdown plain
  - { verdict: plain, status: 143 }
  - create: crash
  - { ends: crash, reason: crash }
`);
    const { value, lines } = await xl('--config', file);
    expect(value, lines('xl').join('\n')).toMatchObject({ outcome: 'passed' });
    expect(lines('crash').at(-1)).toBe('nub: exit status 134');
  });

  test('a console daemon that reads nothing delays no other thread, and what is lost is told', async () => {
    const source = join(import.meta.dirname, '../../support/programs/console-flood.c');
    const program = await toolchain.program(source);
    const file = await scenarioFile(`summary: a console daemon that has stopped
domains:
  guest: { type: pv, kernel: ${program} }
steps:
  - create: guest
  - { expect: ^ready, on: guest }
  - run: kill -STOP $(pidof xenconsoled)
  - run: sleep 12; kill -CONT $(pidof xenconsoled)
  - { verdict: guest, within: 120 }
`);
    const { value, lines } = await xl('--config', file);
    const printed = lines('guest');
    expect(value, printed.join('\n')).toMatchObject({ outcome: 'passed' });
    expect(
      printed.find((line) => /^nub: \d{5} bytes for the console are lost$/.test(line)),
    ).toBeDefined();
    const told = printed
      .map((line) => /^written in (\d+) ms, .* (\d+) ms late$/.exec(line))
      .find(Boolean);
    // The daemon is given up after two seconds, in which nothing ran when the kernel waited itself.
    expect(Number(told?.[1])).toBeGreaterThan(1900);
    expect(Number(told?.[2])).toBeLessThan(1500);
  });
});
