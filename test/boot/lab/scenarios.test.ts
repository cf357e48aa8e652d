/** The scenarios that came along for stub domains, with ours: what `lab xl --config NAME` does. */
import { beforeAll, describe, expect, test } from 'vitest';
import { passesScenario } from '../../support/lab-scenario.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { stubforge } from '../../support/stubforge.js';

const noLab = lacks(
  ...['gcc', 'binutils', 'meson', 'ninja-build', 'qemu-system-x86', 'xz-utils'],
  theNetwork,
);

describe.skipIf(noLab)('the scenario', () => {
  beforeAll(async () => {
    const { exitCode, stderr } = await stubforge(['build', 'qemu-xen-stubdom']);
    expect(exitCode, stderr).toBe(0);
  });

  test.each(['serve', 'two-guests'])('%s passes', async (name) => {
    await passesScenario(name);
  });
});
