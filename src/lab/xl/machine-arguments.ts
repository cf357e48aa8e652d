import { mebibytes } from './domain-config.js';

/** QEMU's and Xen's command lines for a machine whose files lie in QEMU's folder under these names. */
export function machineArguments(options: {
  accelerator: 'kvm' | 'tcg';
  memory: string;
  dom0Memory: string;
  /** How many files called disk0, disk1, … are dom0's block devices vda, vdb, … */
  disks: number;
}): string[] {
  const dom0 = `${mebibytes(options.dom0Memory)}M`;
  return [
    // With SMAP and XSAVE, QEMU 7.2 faults in PV guests and mixes up vector registers.
    ...['-accel', options.accelerator],
    ...['-cpu', options.accelerator === 'kvm' ? 'host' : 'max,-smap,-xsave'],
    ...['-smp', '1', '-m', String(mebibytes(options.memory)), '-nodefaults', '-no-user-config'],
    ...['-display', 'none', '-serial', 'stdio', '-no-reboot', '-kernel', 'xen'],
    '-append',
    `console=com1 com1=115200,8n1 dom0_mem=${dom0},max:${dom0} loglvl=all guest_loglvl=all`,
    ...['-initrd', 'vmlinux console=hvc0 rdinit=/init loglevel=5 panic=1,initramfs'],
    ...Array.from({ length: options.disks }).flatMap((_, index) => [
      '-drive',
      // What is written stays in a temporary file.
      `if=none,id=disk${index},file=disk${index},format=raw,snapshot=on`,
      ...['-device', `virtio-blk-pci,drive=disk${index}`],
    ]),
  ];
}
