import { PF_X } from '../../elf/elf-constants.js';
import {
  blocked,
  claimsPv,
  failed,
  hex,
  type ImageView,
  notApplicable,
  passed,
  pvEntry,
  pvhWays,
  pvWays,
  type Rule,
  segmentAt,
} from '../rule.js';

const pageSize = 4096n;
const fourGiB = 1n << 32n;

/** The range of virtual addresses that a PV loader fills, by the segments' physical addresses. */
function loadedRange(image: ImageView): { start: bigint; end: bigint } | undefined {
  if (image.loads.length === 0) return undefined;
  const distance = (image.xen.virtBase ?? 0n) - (image.xen.paddrOffset ?? 0n);
  let start = image.loads[0]!.physicalAddress;
  let end = start;
  for (const segment of image.loads) {
    if (segment.physicalAddress < start) start = segment.physicalAddress;
    const last = segment.physicalAddress + segment.memorySize;
    if (last > end) end = last;
  }
  return { start: start + distance, end: end + distance };
}

/** Rules about the addresses that loaders and Xen jump to or write to. */
export const entryRules: readonly Rule[] = [
  {
    name: 'image-above-virt-base',
    summary: 'nothing is loaded below VIRT_BASE',
    check(image) {
      const range = loadedRange(image);
      if (!claimsPv(image) || !range) return notApplicable('not a PV image');
      const base = image.xen.virtBase ?? 0n;
      return range.start < base
        ? blocked(`the image begins at ${hex(range.start)}, below VIRT_BASE ${hex(base)}`, pvWays)
        : passed;
    },
  },
  {
    name: 'entry-in-text',
    summary: 'the PV entry lies in an executable segment',
    check(image) {
      const range = loadedRange(image);
      if (!claimsPv(image) || !range) return notApplicable('not a PV image');
      const entry = pvEntry(image);
      if (entry < range.start || entry >= range.end) {
        return blocked(`the entry ${hex(entry)} lies outside the image`, pvWays);
      }
      const segment = segmentAt(image, entry);
      return segment && segment.flags & PF_X
        ? passed
        : failed(`the entry ${hex(entry)} does not lie in an executable segment`);
    },
  },
  {
    name: 'hypercall-page-aligned',
    summary: 'the hypercall page is page-aligned',
    check({ xen }) {
      if (xen.hypercallPage === undefined) return notApplicable('there is no hypercall page');
      return xen.hypercallPage % pageSize === 0n
        ? passed
        : failed(`the hypercall page ${hex(xen.hypercallPage)} is not page-aligned`);
    },
  },
  {
    name: 'hypercall-page-in-text',
    summary: 'the hypercall page lies in an executable segment',
    check(image) {
      const page = image.xen.hypercallPage;
      const range = loadedRange(image);
      if (page === undefined || !range) return notApplicable('there is no hypercall page');
      if (page < range.start || page >= range.end) {
        return blocked(`the hypercall page ${hex(page)} lies outside the image`, pvWays);
      }
      const segment = segmentAt(image, page);
      return segment && segment.flags & PF_X
        ? passed
        : failed(`the hypercall page ${hex(page)} does not lie in an executable segment`);
    },
  },
  {
    name: 'phys32-entry-in-text',
    summary: 'PHYS32_ENTRY is a physical address in an executable segment below 4 GiB',
    check({ xen, loads }) {
      const entry = xen.phys32Entry;
      if (entry === undefined) return notApplicable('there is no note PHYS32_ENTRY');
      const segment = loads.find(
        (each) => entry >= each.physicalAddress && entry < each.physicalAddress + each.memorySize,
      );
      if (!segment || entry >= fourGiB) {
        return blocked(`PHYS32_ENTRY ${hex(entry)} lies outside the image`, pvhWays);
      }
      return segment.flags & PF_X
        ? passed
        : failed(`PHYS32_ENTRY ${hex(entry)} does not lie in an executable segment`);
    },
  },
  {
    name: 'phys32-load-address',
    summary: 'every segment of a PVH image is loaded below 4 GiB',
    check({ xen, loads }) {
      if (xen.phys32Entry === undefined) return notApplicable('there is no note PHYS32_ENTRY');
      const wrong = loads.find((segment) => segment.physicalAddress + segment.memorySize > fourGiB);
      return wrong
        ? blocked(
            `segment ${wrong.index} has the physical address ${hex(wrong.physicalAddress)}`,
            pvhWays,
          )
        : passed;
    },
  },
];
