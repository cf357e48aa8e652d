import { mebibytes } from './domain-config.js';

/** The file with the domains' files is dom0's first disk. */
export const filesDisk = 'files';

export interface MachineParts {
  accelerator: 'kvm' | 'tcg';
  memory: string;
  dom0Memory: string;
  /**
   * Files of dom0's block devices vda, vdb, … in QEMU's folder; undefined where there is a device
   * without content.
   */
  disks: (string | undefined)[];
  /** Whether memory is that of a snapshot: written to its file, or begun with what the file has. */
  snapshot?: 'save' | 'load';
}

/** QEMU's and Xen's command lines for a machine whose files lie in QEMU's folder under these names. */
export function machineArguments(parts: MachineParts): string[] {
  const { accelerator, snapshot } = parts;
  const dom0 = `${mebibytes(parts.dom0Memory)}M`;
  const memory = mebibytes(parts.memory);
  return [
    // With SMAP and XSAVE, QEMU 7.2 faults in PV guests and mixes up vector registers; a guest's rdtscp it
    // tells Xen of as rdtsc, which ends HVM guests.
    ...['-accel', accelerator],
    ...(accelerator === 'kvm' ? ['-cpu', 'host'] : ['-cpu', 'max,-smap,-xsave,-rdtscp']),
    ...['-smp', '1', '-m', String(memory), '-nodefaults', '-no-user-config'],
    ...['-display', 'none', '-serial', 'stdio', '-no-reboot', '-kernel', 'xen'],
    '-append',
    `console=com1 com1=115200,8n1 dom0_mem=${dom0},max:${dom0} loglvl=all guest_loglvl=all`,
    ...['-initrd', 'vmlinux console=hvc0 rdinit=/init loglevel=5 panic=1,initramfs'],
    ...(snapshot ? memoryOf(memory, snapshot) : []),
    ...parts.disks.flatMap((file, index) => [
      '-drive',
      // What is written stays in a temporary file.
      file === undefined
        ? `if=none,id=disk${index},driver=null-co,size=1M,read-zeroes=on`
        : `if=none,id=disk${index},file=${file},format=raw,snapshot=on`,
      ...['-device', `virtio-blk-pci,drive=disk${index}`],
    ]),
  ];
}

/** A machine that was loaded keeps what it writes to itself, so the file serves any number of them. */
const memoryOf = (size: number, snapshot: 'save' | 'load') => [
  '-object',
  `memory-backend-file,id=memory,size=${size}M,mem-path=memory,share=${snapshot === 'save' ? 'on' : 'off'}`,
  ...['-machine', 'memory-backend=memory'],
  ...(snapshot === 'load' ? ['-incoming', 'defer'] : []),
];
