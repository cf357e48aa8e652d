/** The store under kills, damage, other processes and full disks: the benchmark's runs, in small. */
import { resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { lacks } from '../../support/lacks.js';
import { isExhaustive } from '../../support/sample.js';
import { stubforge } from '../../support/stubforge.js';

/** How often each thing is tried. */
const counts = isExhaustive
  ? { kills: 20, 'store-kills': 15, damages: 20, rounds: 3, 'disk-sizes': 10, 'step-sizes': 30 }
  : { kills: 3, 'store-kills': 2, damages: 3, rounds: 1, 'disk-sizes': 1, 'step-sizes': 3 };

describe.skipIf(lacks('gcc', 'binutils', 'make', 'bubblewrap'))('the store', () => {
  test('loses nothing to kills, damage, other processes and full disks', async () => {
    // The benchmark starts what the launcher has compiled.
    expect((await stubforge(['--version'])).exitCode).toBe(0);
    const options = Object.entries(counts).flatMap(([name, count]) => [`--${name}`, String(count)]);
    const words = [
      '--import',
      'tsx',
      resolve('bench/robustness.ts'),
      ...options,
      '--seed',
      '1',
      '--json',
    ];
    const ran = await execa('node', words, { reject: false });
    expect(ran.stderr).not.toContain('Error');
    const { seed: _seed, ...results } = JSON.parse(ran.stdout) as Record<
      string,
      { losses: object[] }
    >;
    for (const [name, { losses }] of Object.entries(results)) expect(losses, name).toEqual([]);
    expect(ran.exitCode, `${ran.shortMessage} ${ran.signal}`).toBe(0);
  });
});
