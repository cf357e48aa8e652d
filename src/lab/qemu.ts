/** QEMU's command lines, and QEMU as a process that never outlives stubforge. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Event } from '../events/event.js';
import { findProgram } from '../machine/find-program.js';
import { UserError } from '../util/diagnostic.js';

const MiB = 1024 * 1024;

/** What runs a guest's instructions: KVM, or QEMU's own emulation. */
export type Accelerator = Extract<Event, { type: 'boot-start' }>['accelerator'];

/** QEMU's path. Throws UserError, with what to install. */
export async function findQemu(): Promise<string> {
  const path = await findProgram('qemu-system-x86_64');
  if (path) return path;
  throw new UserError({
    id: 'machine.missing-tools',
    message: 'the command qemu-system-x86_64 is missing',
    help: 'install it: apt-get install --no-install-recommends qemu-system-x86',
  });
}

export interface GuestOptions {
  accelerator: Accelerator;
  /** The guest's memory in bytes. */
  memory: number;
  cmdline: string;
}

/** Devices that QEMU adds unasked cost start-up time and are none of the guest's business. */
function machine(accelerator: Accelerator, cpu: string, memoryMiB: number): string[] {
  return [
    ...['-accel', accelerator, '-cpu', accelerator === 'kvm' ? 'host' : cpu],
    ...['-smp', '1', '-m', String(memoryMiB), '-nodefaults', '-no-user-config'],
    ...['-display', 'none', '-serial', 'stdio', '-no-reboot'],
    // Says on standard error when the processor gives up on a fault; QEMU itself just ends then.
    ...(accelerator === 'tcg' ? ['-d', 'cpu_reset'] : []),
  ];
}

/**
 * QEMU boots the image itself, by its PVH entry. `kernel` is the unpacked ELF file. A write to port
 * 0xf4 ends QEMU.
 */
export function pvhArguments(kernel: string, options: GuestOptions): string[] {
  return [
    ...machine(options.accelerator, 'max', Math.ceil(options.memory / MiB)),
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
    ...['-kernel', kernel],
    ...(options.cmdline ? ['-append', options.cmdline] : []),
  ];
}

/** QEMU runs a firmware of ours instead of its own. A write to port 0xf4 ends QEMU. */
export function firmwareArguments(firmware: string, accelerator: Accelerator): string[] {
  return [
    ...machine(accelerator, 'max', 16),
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
    ...['-bios', firmware],
  ];
}

/** What Xen needs for itself on top of the guest's memory. */
const xenMemory = 384;

/**
 * QEMU boots Xen, and Xen the image as its initial domain. `image` is a file name without spaces:
 * in QEMU's list of modules a space begins the module's command line, and commas are doubled.
 */
export function xenArguments(hypervisor: string, image: string, options: GuestOptions): string[] {
  const memory = Math.ceil(options.memory / MiB);
  const guestMemory = `${Math.ceil(options.memory / 1024)}K`;
  const module = options.cmdline ? `${image} ${options.cmdline}` : image;
  // Xen drops what finds no room in the buffer of its serial port, and a guest can be much faster.
  const serial = 'com1=115200,8n1 serial_tx_buffer=16M';
  return [
    // QEMU 7.2 raises false faults with SMAP on when a PV guest executes IRET, and corrupts vector
    // registers with XSAVE on.
    ...machine(options.accelerator, 'max,-smap,-xsave', memory + xenMemory),
    ...['-kernel', hypervisor],
    '-append',
    `console=com1 ${serial} dom0_mem=${guestMemory},max:${guestMemory} loglvl=all guest_loglvl=all`,
    ...['-initrd', module.replaceAll(',', ',,')],
  ];
}

export type QemuProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts QEMU in `directory`. The kernel kills it when stubforge dies, however that happens; where
 * setpriv is missing, which asks the kernel for that, only an orderly end does.
 */
export async function startQemu(
  qemu: string,
  args: readonly string[],
  directory: string,
): Promise<QemuProcess> {
  const setpriv = await findProgram('setpriv');
  const [command, words] = setpriv
    ? [setpriv, ['--pdeathsig', 'KILL', '--', qemu, ...args]]
    : [qemu, [...args]];
  const child = spawn(command, words, { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}
