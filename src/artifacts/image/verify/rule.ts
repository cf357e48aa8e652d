import type { Elf, Segment } from '../elf/elf.js';
import type { XenNotes } from '../xen-notes.js';

/** A way in which an image can be started. PV is 64 bit or 32 bit PAE by the image's class. */
export type Way = 'xen-pv' | 'initial-domain' | 'xen-pvh' | 'qemu-pvh';

export const ways: readonly Way[] = ['xen-pv', 'initial-domain', 'xen-pvh', 'qemu-pvh'];
export const pvWays: readonly Way[] = ['xen-pv', 'initial-domain'];
export const pvhWays: readonly Way[] = ['xen-pvh', 'qemu-pvh'];

/** An image that could be read as an ELF file, with what the rules ask for most. */
export interface ImageView {
  elf: Elf;
  xen: XenNotes;
  /** The PT_LOAD segments that occupy memory, in the order of their addresses. */
  loads: Segment[];
}

export type Outcome =
  | { status: 'passed' }
  | { status: 'not-applicable'; why: string }
  /**
   * `blocks` lists the ways of booting that are impossible with it. It is empty where loaders do
   * not mind and only the image contract asks for it.
   */
  | { status: 'failed'; message: string; blocks: readonly Way[] };

export interface Rule {
  /** Kebab case; what users see and name. */
  name: string;
  /** What holds when the rule is kept, as a sentence without a final period. */
  summary: string;
  check(image: ImageView): Outcome;
}

export const passed: Outcome = { status: 'passed' };

export function notApplicable(why: string): Outcome {
  return { status: 'not-applicable', why };
}

/** The contract asks for it; loaders do not. */
export function failed(message: string): Outcome {
  return { status: 'failed', message, blocks: [] };
}

/** Loaders refuse it, or the guest cannot run. */
export function blocked(message: string, blocks: readonly Way[]): Outcome {
  return { status: 'failed', message, blocks };
}

export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** The loaded segment whose virtual addresses hold `address`. */
export function segmentAt(image: ImageView, address: bigint): Segment | undefined {
  return image.loads.find(
    (segment) =>
      address >= segment.virtualAddress && address < segment.virtualAddress + segment.memorySize,
  );
}

/** Where Xen enters a PV guest: the ENTRY note, else the ELF header's entry. */
export function pvEntry(image: ImageView): bigint {
  return image.xen.entry ?? image.elf.header.entry;
}

/** Whether the image has anything that only PV domain builders read. */
export function claimsPv(image: ImageView): boolean {
  const { loader, guestOs, xenVersion, entry, virtBase, hypercallPage } = image.xen;
  return [loader, guestOs, xenVersion, entry, virtBase, hypercallPage].some(
    (value) => value !== undefined,
  );
}

export function claimsPvh(image: ImageView): boolean {
  return image.xen.phys32Entry !== undefined;
}
