import { type Elf, fileRange } from '../../elf/elf.js';
import { PT_NOTE } from '../../elf/elf-constants.js';
import { PHYS32_ENTRY, xenFeatures } from '../../xen-notes.js';
import {
  blocked,
  claimsPv,
  failed,
  hex,
  type ImageView,
  notApplicable,
  type Outcome,
  passed,
  pvhWays,
  pvWays,
  type Rule,
  ways,
} from '../rule.js';

/** A note that PV loaders can do without and the contract asks for. */
function present(
  name: string,
  note: string,
  value: (image: ImageView) => unknown,
  only32 = false,
): Rule {
  return {
    name,
    summary: `there is a note ${note}${only32 ? ' (32-bit images)' : ''}`,
    check(image) {
      if (only32 && image.elf.header.bits !== 32) return notApplicable('only for 32-bit images');
      return value(image) === undefined ? failed(`there is no note ${note}`) : passed;
    },
  };
}

/** Where the compatibility area of a 64-bit Xen begins for 32-bit guests (`xen-x86_32.h`). */
const hypervisorStart32 = 0xf5800000n;
const largePage = 0x200000n;

/** Rules about what the image tells Xen's domain builders and QEMU. */
export const noteRules: readonly Rule[] = [
  {
    name: 'xen-notes',
    summary: 'there are Xen notes, or the legacy __xen_guest section',
    check({ xen }) {
      return xen.from === 'nowhere'
        ? blocked('there are no Xen notes and no __xen_guest section', ways)
        : passed;
    },
  },
  {
    name: 'notes-readable',
    summary: 'every Xen note can be read and lies inside its segment',
    check({ xen }) {
      if (xen.defects[0] !== undefined) return blocked(xen.defects[0], ways);
      return xen.overruns.length > 0
        ? failed(`the note ${xen.overruns.join(', ')} runs past the end of its segment`)
        : passed;
    },
  },
  {
    name: 'note-guest-os',
    summary: 'the note GUEST_OS names the guest',
    check({ xen }) {
      return xen.guestOs ? passed : failed('there is no note GUEST_OS');
    },
  },
  present('note-guest-version', 'GUEST_VERSION', (image) => image.xen.guestVersion),
  {
    name: 'note-xen-version',
    summary: 'the note XEN_VERSION says xen-3.0, the name of the interface since then',
    check({ xen }) {
      if (xen.xenVersion === undefined) return blocked('there is no note XEN_VERSION', pvWays);
      return xen.xenVersion.startsWith('xen-3.0')
        ? passed
        : blocked(`XEN_VERSION is '${xen.xenVersion}', not xen-3.0`, pvWays);
    },
  },
  {
    name: 'note-loader',
    summary: 'the note LOADER says generic',
    check({ xen }) {
      if (xen.loader?.startsWith('generic')) return passed;
      const message =
        xen.loader === undefined
          ? 'there is no note LOADER'
          : `LOADER is '${xen.loader}', not generic`;
      // Xen loads images of Linux without it.
      return xen.guestOs?.startsWith('linux') ? failed(message) : blocked(message, pvWays);
    },
  },
  present('note-entry', 'ENTRY', (image) => image.xen.entry),
  {
    name: 'note-virt-base',
    summary: 'the note VIRT_BASE gives the virtual address of physical address PADDR_OFFSET',
    check({ xen }) {
      if (xen.virtBase !== undefined) return passed;
      return xen.paddrOffset !== undefined
        ? blocked('PADDR_OFFSET is given without VIRT_BASE', pvWays)
        : failed('there is no note VIRT_BASE');
    },
  },
  present('note-paddr-offset', 'PADDR_OFFSET', (image) => image.xen.paddrOffset),
  present('note-hypercall-page', 'HYPERCALL_PAGE', (image) => image.xen.hypercallPage),
  {
    name: 'note-features',
    summary: 'FEATURES or SUPPORTED_FEATURES is there, and requires nothing that Xen does not know',
    check({ xen }) {
      const unknown = (xen.features ?? '')
        .split('|')
        .find((word) => word.startsWith('!') && !(word.slice(1) in xenFeatures));
      if (unknown) {
        return blocked(`FEATURES requires '${unknown.slice(1)}', which Xen does not know`, pvWays);
      }
      return xen.features === undefined && xen.supportedFeatures === undefined
        ? failed('there is no note FEATURES or SUPPORTED_FEATURES')
        : passed;
    },
  },
  {
    name: 'note-initial-domain',
    summary:
      'SUPPORTED_FEATURES, where it is given, has the bit dom0: the lab boots images that way',
    check({ xen }) {
      const dom0 = 1n << BigInt(xenFeatures.dom0 ?? 0);
      if (xen.supportedFeatures === undefined) return notApplicable('no SUPPORTED_FEATURES');
      const named = (xen.features ?? '').split('|').some((word) => /^!?dom0$/.test(word));
      return xen.supportedFeatures & dom0 || named
        ? passed
        : blocked('SUPPORTED_FEATURES lacks dom0', ['initial-domain']);
    },
  },
  {
    name: 'note-pae',
    summary: 'the note PAE_MODE says yes or bimodal (32-bit images): Xen runs no others',
    check({ elf, xen }) {
      if (elf.header.bits !== 32) return notApplicable('only for 32-bit images');
      if (!claimsPv({ elf, xen, loads: [] })) return failed('there is no note PAE_MODE');
      if (xen.paeMode === undefined) return blocked('there is no note PAE_MODE', pvWays);
      const good = /^yes/.test(xen.paeMode) || xen.paeMode.includes('bimodal');
      return good ? passed : blocked(`PAE_MODE is '${xen.paeMode}', not yes or bimodal`, pvWays);
    },
  },
  {
    name: 'note-hv-start-low',
    summary: 'the note HV_START_LOW leaves Xen its area (32-bit images)',
    check({ elf, xen }) {
      if (elf.header.bits !== 32) return notApplicable('only for 32-bit images');
      if (xen.hvStartLow === undefined) return failed('there is no note HV_START_LOW');
      const start = ((xen.hvStartLow + largePage - 1n) / largePage) * largePage;
      return start > hypervisorStart32
        ? blocked(
            `HV_START_LOW is ${hex(xen.hvStartLow)}, above Xen's ${hex(hypervisorStart32)}`,
            pvWays,
          )
        : passed;
    },
  },
  {
    name: 'note-phys32-entry',
    summary: 'the note PHYS32_ENTRY gives the entry of PVH guests',
    check({ xen }) {
      return xen.phys32Entry === undefined
        ? blocked('there is no note PHYS32_ENTRY', pvhWays)
        : passed;
    },
  },
  {
    name: 'note-phys32-entry-in-segment',
    summary:
      "QEMU's direct boot finds PHYS32_ENTRY: in a note segment that is aligned as its notes are",
    check({ elf, xen }): Outcome {
      if (xen.phys32Entry === undefined) return notApplicable('there is no note PHYS32_ENTRY');
      const found = entryThatQemuReads(elf);
      if (found === undefined) {
        return blocked('QEMU does not find PHYS32_ENTRY in the note segments', ['qemu-pvh']);
      }
      return found === BigInt.asUintN(32, xen.phys32Entry)
        ? passed
        : blocked(
            `QEMU reads PHYS32_ENTRY as ${hex(found)}: the note segment's alignment is not 4`,
            ['qemu-pvh'],
          );
    },
  },
];

/**
 * The entry as QEMU's x86 loader finds it: it looks at note segments only, at the note's type but
 * not its owner, and pads names and descriptors to the segment's alignment instead of to 4 bytes.
 * Undefined where it finds none.
 */
function entryThatQemuReads(elf: Elf): bigint | undefined {
  for (const segment of elf.segments) {
    if (segment.type !== PT_NOTE) continue;
    const bytes = fileRange(elf.bytes, segment.offset, segment.fileSize);
    const align = segment.align === 0n ? 1 : Number(segment.align);
    // The walk below would make no sense, and no progress in reasonable time, with wild values.
    if (!bytes || align > 4096) continue;
    const up = (size: number) => Math.ceil(size / align) * align;
    let position = 0;
    while (position + 12 <= bytes.length) {
      const data = position + 12 + up(bytes.readUInt32LE(position));
      if (bytes.readUInt32LE(position + 8) === PHYS32_ENTRY) {
        return data + 4 <= bytes.length ? BigInt(bytes.readUInt32LE(data)) : undefined;
      }
      position = data + up(bytes.readUInt32LE(position + 4));
    }
  }
  return undefined;
}
