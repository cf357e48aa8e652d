import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kvmProbeImage } from './kvm-probe-image.js';
import { type Accelerator, firmwareArguments } from './qemu.js';
import { watchGuest } from './watch-guest.js';

/** In seconds; it takes a fraction of one where it works. */
const probeTimeout = 5;

/**
 * Says why KVM is not fit for the lab's guests; undefined when it is. The device may be there and
 * simple guests run, and all others hang, so a guest is booted that is as demanding as they are.
 */
export const whyNoKvm = (qemu: string, signal: AbortSignal) => runProbe(qemu, 'kvm', signal);

/** Boots the guest of kvm-probe.S; gives what went wrong, or undefined. */
export async function runProbe(
  qemu: string,
  accelerator: Accelerator,
  signal: AbortSignal,
  timeout = probeTimeout,
): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'stubforge-kvm-'));
  try {
    await writeFile(join(directory, 'kvm-probe'), kvmProbeImage);
    const { outcome, detail } = await watchGuest(
      {
        qemu,
        args: firmwareArguments('kvm-probe', accelerator),
        directory,
        xen: false,
        judge: { expect: /^probe: passed$/, verdict: false },
        timeout,
      },
      { line: () => {}, signal },
    );
    switch (outcome) {
      case 'passed':
        return undefined;
      case 'hung':
        return `a tiny guest did not end within ${timeout} s`;
      case 'unmatched':
        return 'a tiny guest computed wrong results';
      default:
        return detail;
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
