/**
 * What an image tells Xen's domain builders: ELF notes of owner `Xen`, or the `__xen_guest` section
 * of before Xen 3.1. Numbers and meanings are those of Xen's public header `elfnote.h`.
 */
import { type Elf, fileRange, type Note } from './elf/elf.js';
import { readNotes } from './elf/elf-notes.js';

/** Note types by number. */
export const xenNoteNames: Readonly<Record<number, string>> = {
  0: 'INFO',
  1: 'ENTRY',
  2: 'HYPERCALL_PAGE',
  3: 'VIRT_BASE',
  4: 'PADDR_OFFSET',
  5: 'XEN_VERSION',
  6: 'GUEST_OS',
  7: 'GUEST_VERSION',
  8: 'LOADER',
  9: 'PAE_MODE',
  10: 'FEATURES',
  11: 'BSD_SYMTAB',
  12: 'HV_START_LOW',
  13: 'L1_MFN_VALID',
  14: 'SUSPEND_CANCEL',
  15: 'INIT_P2M',
  16: 'MOD_START_PFN',
  17: 'SUPPORTED_FEATURES',
  18: 'PHYS32_ENTRY',
};

export const PHYS32_ENTRY = 18;

/** The names that FEATURES may hold, with their bit in SUPPORTED_FEATURES (`features.h`). */
export const xenFeatures: Readonly<Record<string, number>> = {
  writable_page_tables: 0,
  writable_descriptor_tables: 1,
  auto_translated_physmap: 2,
  supervisor_mode_kernel: 3,
  pae_pgdir_above_4gb: 4,
  hvm_callback_vector: 8,
  dom0: 11,
};

export interface XenNotes {
  from: 'segments' | 'sections' | 'guest-section' | 'nowhere';
  guestOs?: string;
  guestVersion?: string;
  xenVersion?: string;
  loader?: string;
  paeMode?: string;
  features?: string;
  entry?: bigint;
  hypercallPage?: bigint;
  virtBase?: bigint;
  paddrOffset?: bigint;
  hvStartLow?: bigint;
  supportedFeatures?: bigint;
  phys32Entry?: bigint;
  /** Every note in the order in which it stands, for people to read. */
  all: { name: string; value: string }[];
  /** Notes or parts of the section that cannot be read. */
  defects: string[];
  /** Notes that run past the segment that should hold them; Xen reads them nevertheless. */
  overruns: string[];
}

/** Numeric notes are 1, 2, 4 or 8 bytes wide, whatever the file's class is. */
function numeric(data: Buffer): bigint | undefined {
  switch (data.length) {
    case 1:
      return BigInt(data.readUInt8(0));
    case 2:
      return BigInt(data.readUInt16LE(0));
    case 4:
      return BigInt(data.readUInt32LE(0));
    case 8:
      return data.readBigUInt64LE(0);
    default:
      return undefined;
  }
}

const stringFields = {
  XEN_VERSION: 'xenVersion',
  GUEST_OS: 'guestOs',
  GUEST_VERSION: 'guestVersion',
  LOADER: 'loader',
  PAE_MODE: 'paeMode',
  FEATURES: 'features',
} as const;

const numberFields = {
  ENTRY: 'entry',
  HYPERCALL_PAGE: 'hypercallPage',
  VIRT_BASE: 'virtBase',
  PADDR_OFFSET: 'paddrOffset',
  HV_START_LOW: 'hvStartLow',
  SUPPORTED_FEATURES: 'supportedFeatures',
  PHYS32_ENTRY: 'phys32Entry',
} as const;

function takeNote(notes: XenNotes, note: Note): void {
  const name = xenNoteNames[note.type] ?? `type ${note.type}`;
  if (note.overruns) notes.overruns.push(name);
  if (name in stringFields || name === 'BSD_SYMTAB') {
    const value = note.data.toString('latin1').replace(/\0.*$/s, '');
    notes.all.push({ name, value });
    const field = stringFields[name as keyof typeof stringFields];
    if (field) notes[field] = value;
    return;
  }
  const field = numberFields[name as keyof typeof numberFields];
  const value = numeric(note.data);
  notes.all.push({
    name,
    value: value === undefined ? `${note.data.length} bytes` : `0x${value.toString(16)}`,
  });
  if (!field) return;
  if (value === undefined) {
    notes.defects.push(
      `the note ${name} has ${note.data.length} bytes, which is not the size of a number`,
    );
  } else {
    notes[field] = value;
  }
}

/** A number as C's strtoull with base 0 reads it; undefined for anything else. */
function legacyNumber(text: string): bigint | undefined {
  if (/^0x[0-9a-f]+$/i.test(text) || /^(0|[1-9][0-9]*)$/.test(text)) return BigInt(text);
  return /^0[0-7]+$/.test(text) ? BigInt(`0o${text.slice(1)}`) : undefined;
}

/**
 * The legacy section: `NAME=value` pairs between commas, ended by NUL. HYPERCALL_PAGE counts pages
 * from VIRT_BASE, and the physical offset is VIRT_BASE unless ELF_PADDR_OFFSET is given.
 */
function takeGuestSection(notes: XenNotes, text: string): void {
  let hypercallFrame: bigint | undefined;
  for (const pair of text.split(',').filter((each) => each !== '')) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    notes.all.push({ name, value });
    const number = legacyNumber(value);
    switch (name) {
      case 'LOADER':
        notes.loader = value;
        break;
      case 'GUEST_OS':
        notes.guestOs = value;
        break;
      case 'GUEST_VER':
        notes.guestVersion = value;
        break;
      case 'XEN_VER':
        notes.xenVersion = value;
        break;
      case 'PAE':
        notes.paeMode = value;
        break;
      case 'FEATURES':
        notes.features = value;
        break;
      case 'VIRT_BASE':
      case 'VIRT_ENTRY':
      case 'ELF_PADDR_OFFSET':
      case 'HYPERCALL_PAGE':
        if (number === undefined) {
          notes.defects.push(`__xen_guest: ${name}=${value} is not a number`);
        } else if (name === 'VIRT_BASE') notes.virtBase = number;
        else if (name === 'VIRT_ENTRY') notes.entry = number;
        else if (name === 'ELF_PADDR_OFFSET') notes.paddrOffset = number;
        else hypercallFrame = number;
        break;
    }
  }
  if (hypercallFrame !== undefined) {
    notes.hypercallPage = (hypercallFrame << 12n) + (notes.virtBase ?? 0n);
  }
  notes.paddrOffset ??= notes.virtBase;
}

/** Reads what the image tells Xen: from note segments, else note sections, else `__xen_guest`. */
export function readXenNotes(elf: Elf): XenNotes {
  const list = readNotes(elf, 'Xen');
  const notes: XenNotes = {
    from: list.from,
    all: [],
    defects: list.defects.map((defect) => defect.message),
    overruns: [],
  };
  for (const note of list.notes) {
    if (note.owner === 'Xen') takeNote(notes, note);
  }
  if (list.from !== 'nowhere') return notes;
  const section = elf.sections.find((each) => each.name === '__xen_guest');
  const bytes = section && fileRange(elf.bytes, section.offset, section.size);
  if (bytes) {
    notes.from = 'guest-section';
    takeGuestSection(notes, bytes.toString('latin1').replace(/\0.*$/s, ''));
  }
  return notes;
}
