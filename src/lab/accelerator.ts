import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../util/diagnostic.js';

export type Accelerator = 'kvm' | 'tcg';

/** The firmware of the probe's machine has this size, the smallest that QEMU takes. */
const firmwareSize = 65_536;
const probeStatus = 0x15;

let known: Promise<boolean> | undefined;

/**
 * Whether KVM really runs a guest here. The device node may exist and every guest still fail, so a
 * machine is started whose firmware does nothing but end QEMU with a certain exit code. Asked once
 * for each process.
 */
export function kvmWorks(qemu: string): Promise<boolean> {
  known ??= probe(qemu);
  return known;
}

async function probe(qemu: string): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'stubforge-kvm-'));
  try {
    const firmware = Buffer.alloc(firmwareSize, 0xf4);
    // At the reset vector: mov dx,0xf4; mov al,probeStatus; out dx,al; hlt.
    Buffer.from([0xba, 0xf4, 0x00, 0xb0, probeStatus, 0xee, 0xf4]).copy(firmware, 0xfff0);
    const file = join(directory, 'firmware');
    await writeFile(file, firmware);
    const { exitCode } = await execa(
      qemu,
      [
        ...['-accel', 'kvm', '-cpu', 'host', '-m', '2', '-nodefaults', '-no-user-config'],
        ...['-display', 'none', '-no-reboot', '-bios', file],
        ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=1'],
      ],
      { reject: false, timeout: 5_000, killSignal: 'SIGKILL', stdin: 'ignore' },
    );
    // The device makes an odd exit code of what is written to it.
    return exitCode === probeStatus * 2 + 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Decides by what was asked for: `auto` takes KVM where it works. Throws UserError. */
export async function chooseAccelerator(
  qemu: string,
  wanted: Accelerator | 'auto',
): Promise<Accelerator> {
  if (wanted === 'tcg') return 'tcg';
  if (await kvmWorks(qemu)) return 'kvm';
  if (wanted === 'auto') return 'tcg';
  throw new UserError({
    message: 'KVM does not run a guest on this machine',
    help: 'leave --accel out, and the guest is emulated',
  });
}
