import type { Segment } from '../../elf/elf.js';
import { PF_R, PF_W, PF_X } from '../../elf/elf-constants.js';
import { blocked, claimsPv, failed, hex, notApplicable, passed, type Rule, ways } from '../rule.js';

const pageSize = 4096n;

function flagsText(segment: Segment): string {
  return [
    segment.flags & PF_R ? 'R' : '-',
    segment.flags & PF_W ? 'W' : '-',
    segment.flags & PF_X ? 'X' : '-',
  ].join('');
}

function describe(segment: Segment): string {
  return `segment ${segment.index} (${hex(segment.virtualAddress)}, ${flagsText(segment)})`;
}

/** Rules about what is loaded, where to, and with which permissions. */
export const segmentRules: readonly Rule[] = [
  {
    name: 'segments-loadable',
    summary: 'there is something to load, and no segment has more bytes than memory',
    check({ loads }) {
      if (loads.length === 0) return blocked('there is no segment to load', ways);
      const wrong = loads.find((segment) => segment.fileSize > segment.memorySize);
      return wrong
        ? blocked(
            `${describe(wrong)} has ${wrong.fileSize} bytes in the file for ${wrong.memorySize} in memory`,
            ways,
          )
        : passed;
    },
  },
  {
    name: 'segments-no-overlap',
    summary: 'no two segments occupy the same addresses',
    check({ loads }) {
      for (const [index, segment] of loads.entries()) {
        const next = loads[index + 1];
        if (next && segment.virtualAddress + segment.memorySize > next.virtualAddress) {
          return failed(`${describe(segment)} reaches into ${describe(next)}`);
        }
      }
      return passed;
    },
  },
  {
    name: 'segments-page-aligned',
    summary: 'segments begin on pages of their own, so that each page has one set of permissions',
    check({ loads }) {
      for (const [index, segment] of loads.entries()) {
        if (segment.virtualAddress % pageSize !== 0n) {
          return failed(`${describe(segment)} is not page-aligned`);
        }
        const next = loads[index + 1];
        const lastPage = (segment.virtualAddress + segment.memorySize - 1n) / pageSize;
        if (next && lastPage >= next.virtualAddress / pageSize) {
          return failed(`${describe(segment)} shares a page with ${describe(next)}`);
        }
      }
      return passed;
    },
  },
  {
    name: 'segments-wx',
    summary: 'no segment is both writable and executable',
    check({ loads }) {
      const wrong = loads.find((segment) => segment.flags & PF_W && segment.flags & PF_X);
      return wrong ? failed(`${describe(wrong)} is both writable and executable`) : passed;
    },
  },
  {
    name: 'segments-separate',
    summary: 'text, read-only data and data each have segments of their own',
    check({ loads }) {
      const missing = (
        [
          ['text (R-X)', PF_R | PF_X],
          ['read-only data (R--)', PF_R],
          ['data (RW-)', PF_R | PF_W],
        ] as const
      ).filter(
        ([, flags]) => !loads.some((segment) => (segment.flags & (PF_R | PF_W | PF_X)) === flags),
      );
      return missing.length === 0
        ? passed
        : failed(`there is no segment for ${missing.map(([name]) => name).join(' and ')}`);
    },
  },
  {
    name: 'segments-load-address',
    summary: 'segments are linked for where a PV loader puts them: VIRT_BASE - PADDR_OFFSET apart',
    check(image) {
      const { virtBase, paddrOffset } = image.xen;
      if (!claimsPv(image) || virtBase === undefined) return notApplicable('no VIRT_BASE is given');
      const distance = virtBase - (paddrOffset ?? 0n);
      const wrong = image.loads.find(
        (segment) => segment.physicalAddress + distance !== segment.virtualAddress,
      );
      return wrong
        ? failed(
            `${describe(wrong)} is loaded at ${hex(BigInt.asUintN(64, wrong.physicalAddress + distance))}, which is not the address that it was linked for`,
          )
        : passed;
    },
  },
];
