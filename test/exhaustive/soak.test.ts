/** A real guest, busy for a minute, in QEMU, in a stub domain under Xen: the soak of bench/. */
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/project/project.js';
import { lacks, qemuPackages } from '../support/lacks.js';
import { isExhaustive, sample } from '../support/sample.js';
import { testState } from '../support/stubforge.js';

const noLab = lacks(...qemuPackages);

interface Soaked {
  seconds: number;
  memoryKiB: { firstQuarter: number; most: number };
  replies: number;
  perSecond: { switches: number };
  memtest: { time: string; errors: number };
  diagnostics: string[];
}

describe.skipIf(noLab)('memtest86+ in a stub domain', () => {
  test.each(
    sample(
      [
        ['stubdom-amd64', isExhaustive ? 60 : 30],
        ['stubdom-i386', 40],
      ] as const,
      2,
    ),
  )('is busy on %s for %i s; memory stays, no wake-up gets lost', async (arch, seconds) => {
    const soak = join(packageRoot, 'bench/soak.ts');
    const words = [
      '--import',
      'tsx',
      soak,
      '--minutes',
      String(seconds / 60),
      '--arch',
      arch,
      '--json',
    ];
    const ran = await execa('node', words, {
      env: { STUBFORGE_HOME: testState },
      reject: false,
    });
    expect(ran.exitCode, `${ran.stdout}\n${ran.stderr}`).toBe(0);
    const soaked = JSON.parse(ran.stdout) as Soaked;
    expect(soaked.diagnostics).toEqual([]);
    expect(soaked.seconds).toBeGreaterThanOrEqual(seconds);
    expect(soaked.replies).toBeGreaterThan(20);
    expect(soaked.perSecond.switches).toBeGreaterThan(1);
    // The guest has memory of 16 MiB and is at work in it.
    expect(soaked.memoryKiB.firstQuarter).toBeGreaterThan(16 * 1024);
    expect(soaked.memtest.errors).toBe(0);
    expect(soaked.memtest.time).toMatch(/^\d+:\d\d:\d\d$/);
    expect(soaked.memtest.time).not.toBe('0:00:00');
  });
});
