/** Boots an image in the lab and reads its verdict. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ImageFileError, readImageFile } from '../artifacts/image/image-file.js';
import { hasNubKernel, verifyBytes } from '../artifacts/image/verify/verify-image.js';
import type { Emit } from '../events/event.js';
import { UserError } from '../util/diagnostic.js';
import { type AcceleratorChoice, Accelerators } from './accelerator.js';
import { chooseHypervisor, type FindHypervisor } from './hypervisor.js';
import type { Outcome } from './judge.js';
import { type Accelerator, findQemu, pvhArguments, xenArguments } from './qemu.js';
import { type Watched, watchGuest } from './watch-guest.js';

export type { Outcome } from './judge.js';

export interface BootOptions {
  /** The image's file: ELF, or gzip-compressed. */
  image: string;
  /** `xen`: as the initial domain of a Xen that QEMU boots; `pvh`: QEMU boots it directly. */
  under: 'xen' | 'pvh';
  /** The guest's memory in bytes; 128 MiB when absent. */
  memory?: number;
  /** The guest's command line; an image with packed arguments uses those when it is empty. */
  cmdline?: string;
  /** Must match one line of the guest's console. */
  expect?: RegExp;
  /** In seconds; 60 when absent. */
  timeout?: number;
  /** `auto` when absent. */
  accelerator?: AcceleratorChoice;
  /** With `auto`: how long KVM may take, in seconds, to a first byte on the console; 10 when absent. */
  signOfLife?: number;
  /** The hypervisor's file; otherwise `findHypervisor` is asked, then the distro's is taken. */
  hypervisor?: string;
  findHypervisor?: FindHypervisor;
  /** Whether the last console line is a verdict; by whether nub is in the image when absent. */
  verdict?: boolean;
  /** Also emit Xen's own lines as console events. */
  hypervisorLines?: boolean;
  /** Gets every line of the console. */
  log?: string;
  /** Called when the guest's console is up; `write` sends text, of which `\r` ends a line. */
  listening?: (write: (text: string) => void) => void;
}

export interface BootResult {
  outcome: Outcome;
  /** The N of `nub: exit status N`, where the guest got that far. */
  status?: number;
  /** From QEMU's start to its end. */
  seconds: number;
  /** One sentence without a final period. */
  detail: string;
  /** The last lines of the console, Xen's own among them. */
  tail: string[];
  accelerator: Accelerator;
}

const defaultMemory = 128 * 1024 * 1024;
const defaultTimeout = 60;
const defaultSignOfLife = 10;

export interface BootContext {
  emit: Emit;
  signal: AbortSignal;
  /** For whoever boots more than once. */
  accelerators?: Accelerators;
}

/**
 * Boots an image and waits for its verdict. Resolves whatever the guest does; throws UserError when
 * it cannot be booted at all, and the signal's reason when that is aborted. QEMU has ended and
 * nothing is left on disk in every case. With `auto`, a guest of which nothing is seen under KVM is
 * booted once more under emulation.
 */
export async function bootImage(
  options: BootOptions,
  { emit, signal, accelerators = new Accelerators() }: BootContext,
): Promise<BootResult> {
  const { bytes, bits } = await readBootable(options);
  const qemu = await findQemu();
  const wanted = options.accelerator ?? 'auto';
  const chosen = await accelerators.choose(qemu, wanted, signal);
  signal.throwIfAborted();
  const log = options.log === undefined ? undefined : await openConsoleLog(options.log);
  const directory = await mkdtemp(join(tmpdir(), 'stubforge-boot-'));
  let listening = false;
  try {
    const argumentsFor = await layOut(options, bytes, bits, directory);
    const run = (accelerator: Accelerator, signOfLife?: number) => {
      signal.throwIfAborted();
      const args = argumentsFor(accelerator);
      const { image, under } = options;
      emit({ type: 'boot-start', image, under, accelerator, command: [qemu, ...args] });
      return watchGuest(
        {
          qemu,
          args,
          directory,
          xen: under === 'xen',
          judge: { expect: options.expect, verdict: options.verdict ?? hasNubKernel(bytes) },
          timeout: options.timeout ?? defaultTimeout,
          signOfLife,
        },
        {
          line(line, from) {
            log?.write(from === 'hypervisor' ? `(XEN) ${line}\n` : `${line}\n`);
            if (from === 'guest') emit({ type: 'console', line });
            else if (options.hypervisorLines) emit({ type: 'console', line: `(XEN) ${line}` });
          },
          listening:
            options.listening &&
            ((write) => {
              listening = true;
              options.listening?.(write);
            }),
          signal,
        },
      );
    };

    const mayFallBack = wanted === 'auto' && chosen === 'kvm';
    let accelerator = chosen;
    let watched = await run(
      chosen,
      mayFallBack ? (options.signOfLife ?? defaultSignOfLife) : undefined,
    );
    // A guest that was sent something cannot be started over: it will not be sent again.
    if (mayFallBack && (watched.lifeless || watched.kvmGaveUp) && !listening) {
      const why = watched.kvmGaveUp
        ? 'KVM gave up on the guest'
        : 'the guest shows no sign of life under KVM';
      emit({
        type: 'note',
        message: `${why}; emulating instead (--accel tcg skips this)`,
      });
      accelerator = 'tcg';
      watched = await run(accelerator);
      if (!watched.lifeless) accelerators.distrustKvm();
    }
    const { outcome, status, seconds, tail } = watched;
    const detail =
      accelerator === 'kvm' && suspectsKvm(watched)
        ? `${watched.detail}; KVM may be at fault, so try --accel tcg`
        : watched.detail;
    emit({ type: 'boot-done', outcome, status, seconds, detail });
    return { outcome, status, seconds, detail, tail, accelerator };
  } finally {
    if (log) await new Promise<void>((resolve) => log.end(() => resolve()));
    await rm(directory, { recursive: true, force: true });
  }
}

/** Opens the file that gets the console's lines. Throws UserError where it cannot be written. */
async function openConsoleLog(file: string): Promise<WriteStream> {
  const log = createWriteStream(file);
  try {
    await once(log, 'open');
  } catch (error) {
    throw new UserError({
      id: 'boot.log-unwritable',
      message: `the console cannot be logged: ${(error as Error).message}`,
      span: { file },
      help: 'name a file in a folder that exists and is writable: --log FILE',
    });
  }
  // What no longer fits, as on a full disk, is missing from the log; the boot goes on.
  log.on('error', () => {});
  return log;
}

/** Whether a boot ended in a way that half-working KVM is known for. */
const suspectsKvm = (watched: Watched) =>
  watched.outcome === 'hung' || watched.lifeless || watched.kvmGaveUp;

/** Puts what QEMU is to read into the folder; gives QEMU's arguments for an accelerator. */
async function layOut(
  options: BootOptions,
  bytes: Buffer,
  bits: 32 | 64,
  directory: string,
): Promise<(accelerator: Accelerator) => string[]> {
  const memory = options.memory ?? defaultMemory;
  const cmdline = options.cmdline ?? '';
  if (options.under === 'pvh') {
    await writeFile(join(directory, 'image'), bytes);
    return (accelerator) => pvhArguments('image', { accelerator, memory, cmdline });
  }
  const hypervisor = await chooseHypervisor(bits, {
    path: options.hypervisor,
    find: options.findHypervisor,
  });
  await writeFile(join(directory, 'xen'), hypervisor.bytes);
  // Xen unpacks a compressed image itself, so it gets the file as it is.
  await symlink(resolve(options.image), join(directory, 'image'));
  return (accelerator) => xenArguments('xen', 'image', { accelerator, memory, cmdline });
}

/** Reads the image and refuses what the loader would refuse, with the rules that say why. */
async function readBootable(options: BootOptions): Promise<{ bytes: Buffer; bits: 32 | 64 }> {
  let bytes: Buffer;
  try {
    bytes = (await readImageFile(options.image)).bytes;
  } catch (error) {
    if (error instanceof ImageFileError) {
      throw new UserError({
        id: 'image.unreadable',
        message: `${options.image} cannot be booted: ${error.message}`,
      });
    }
    throw error;
  }
  const verification = await verifyBytes(options.image, bytes);
  const way = options.under === 'pvh' ? 'qemu-pvh' : 'initial-domain';
  const boot = verification.boots.find((each) => each.way === way);
  if (!boot?.able || !verification.format) {
    const able = verification.boots.some((each) => each.able && each.way !== 'xen-pvh');
    const other = options.under === 'pvh' ? 'xen' : 'pvh';
    throw new UserError({
      id: 'boot.not-bootable',
      message: `${options.image} cannot be booted under ${options.under}`,
      details: verification.findings
        .filter((finding) => boot?.because.includes(finding.rule))
        .map((finding) => `${finding.rule}: ${finding.message}`),
      help: able ? `boot it with --under ${other}` : `see stubforge verify -v ${options.image}`,
    });
  }
  return { bytes, bits: verification.format.bits };
}
