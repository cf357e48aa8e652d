/**
 * Reads ELF files, 32 and 64 bit, little endian. Everything is checked against the file's length
 * before it is touched: no input makes these functions read outside of it or allocate more than a
 * small multiple of its size.
 */

import {
  type Elf,
  type ElfDefect,
  ElfError,
  type ElfHeader,
  fileRange,
  type Section,
  type Segment,
  stringAt,
} from './elf.js';
import {
  ELFCLASS32,
  ELFCLASS64,
  ELFDATA2LSB,
  SHT_NOBITS,
  structureSizes,
} from './elf-constants.js';

/** Formats that are often taken for an ELF image, by the bytes they begin with. */
const otherFormats: readonly { magic: string; name: string }[] = [
  { magic: 'fd377a585a00', name: 'an xz-compressed file' },
  { magic: '28b52ffd', name: 'a zstd-compressed file' },
  { magic: '425a68', name: 'a bzip2-compressed file' },
  { magic: '5d0000', name: 'an lzma-compressed file' },
  { magic: '02214c18', name: 'an lz4-compressed file' },
  { magic: '04224d18', name: 'an lz4-compressed file' },
  { magic: '213c617263683e0a', name: 'an ar archive' },
  { magic: '2321', name: 'a script' },
];

/** Says what the bytes are when they are not an ELF file; undefined where that is not known. */
function describeFormat(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return 'an empty file';
  // Linux' boot protocol: the signature of a boot sector, then the magic of its setup header.
  if (
    bytes.length >= 0x206 &&
    bytes.readUInt16LE(0x1fe) === 0xaa55 &&
    bytes.toString('latin1', 0x202, 0x206) === 'HdrS'
  ) {
    return 'a Linux bzImage, which wraps the kernel: extract its vmlinux';
  }
  const start = bytes.subarray(0, 8).toString('hex');
  return otherFormats.find((format) => start.startsWith(format.magic))?.name;
}

interface RawHeader extends ElfHeader {
  segmentsOffset: bigint;
  segmentSize: number;
  segmentCount: number;
  sectionsOffset: bigint;
  sectionSize: number;
  sectionCount: number;
  sectionNamesIndex: number;
}

function readHeader(bytes: Buffer): RawHeader {
  if (bytes.length < 4 || bytes.toString('latin1', 0, 4) !== '\x7fELF') {
    const kind = describeFormat(bytes);
    throw new ElfError('magic', `the file is not an ELF file${kind ? ` but ${kind}` : ''}`);
  }
  const elfClass = bytes[4];
  if (elfClass !== undefined && elfClass !== ELFCLASS32 && elfClass !== ELFCLASS64) {
    throw new ElfError('header', `the ELF class is ${elfClass}, neither 32 nor 64 bit`);
  }
  const bits = elfClass === ELFCLASS64 ? 64 : 32;
  const size = structureSizes[bits].header;
  if (bytes.length < size) {
    throw new ElfError(
      'header',
      `the file ends inside its ELF header (${bytes.length} of ${size} bytes)`,
    );
  }
  if (bytes[5] !== ELFDATA2LSB) {
    throw new ElfError('header', 'the file is not little endian');
  }
  if (bytes[6] !== 1 || bytes.readUInt32LE(20) !== 1) {
    throw new ElfError('header', 'the ELF version is not 1');
  }
  const counts = bits === 64 ? 52 : 40;
  return {
    bits,
    type: bytes.readUInt16LE(16),
    machine: bytes.readUInt16LE(18),
    entry: word(bytes, 24, bits),
    segmentsOffset: word(bytes, bits === 64 ? 32 : 28, bits),
    sectionsOffset: word(bytes, bits === 64 ? 40 : 32, bits),
    segmentSize: bytes.readUInt16LE(counts + 2),
    segmentCount: bytes.readUInt16LE(counts + 4),
    sectionSize: bytes.readUInt16LE(counts + 6),
    sectionCount: bytes.readUInt16LE(counts + 8),
    sectionNamesIndex: bytes.readUInt16LE(counts + 10),
  };
}

/** An address-sized field. */
function word(bytes: Buffer, offset: number, bits: 32 | 64): bigint {
  return bits === 64 ? bytes.readBigUInt64LE(offset) : BigInt(bytes.readUInt32LE(offset));
}

function readSegments(bytes: Buffer, header: RawHeader, defects: ElfDefect[]): Segment[] {
  if (header.segmentCount === 0) return [];
  const wanted = structureSizes[header.bits].segment;
  const defect = (message: string) => defects.push({ part: 'program-headers', message });
  if (header.segmentSize !== wanted) {
    defect(`a program header has ${header.segmentSize} bytes, not ${wanted}`);
    return [];
  }
  const table = fileRange(bytes, header.segmentsOffset, BigInt(header.segmentCount * wanted));
  if (!table) {
    defect(
      `${header.segmentCount} program headers at offset ${header.segmentsOffset} reach past the end of the file (${bytes.length} bytes)`,
    );
    return [];
  }
  const segments: Segment[] = [];
  for (let index = 0; index < header.segmentCount; index++) {
    const entry = table.subarray(index * wanted, (index + 1) * wanted);
    // The flags have another position in 64-bit headers, so that the addresses are aligned.
    const segment: Segment =
      header.bits === 64
        ? {
            index,
            type: entry.readUInt32LE(0),
            flags: entry.readUInt32LE(4),
            offset: entry.readBigUInt64LE(8),
            virtualAddress: entry.readBigUInt64LE(16),
            physicalAddress: entry.readBigUInt64LE(24),
            fileSize: entry.readBigUInt64LE(32),
            memorySize: entry.readBigUInt64LE(40),
            align: entry.readBigUInt64LE(48),
          }
        : {
            index,
            type: entry.readUInt32LE(0),
            offset: word(entry, 4, 32),
            virtualAddress: word(entry, 8, 32),
            physicalAddress: word(entry, 12, 32),
            fileSize: word(entry, 16, 32),
            memorySize: word(entry, 20, 32),
            flags: entry.readUInt32LE(24),
            align: word(entry, 28, 32),
          };
    if (!fileRange(bytes, segment.offset, segment.fileSize)) {
      defect(
        `segment ${index} (offset ${segment.offset}, ${segment.fileSize} bytes) reaches past the end of the file (${bytes.length} bytes)`,
      );
    }
    segments.push(segment);
  }
  return segments;
}

function readSections(bytes: Buffer, header: RawHeader, defects: ElfDefect[]): Section[] {
  if (header.sectionCount === 0) return [];
  const wanted = structureSizes[header.bits].section;
  const defect = (message: string) => defects.push({ part: 'section-headers', message });
  if (header.sectionSize !== wanted) {
    defect(`a section header has ${header.sectionSize} bytes, not ${wanted}`);
    return [];
  }
  const table = fileRange(bytes, header.sectionsOffset, BigInt(header.sectionCount * wanted));
  if (!table) {
    defect(
      `${header.sectionCount} section headers at offset ${header.sectionsOffset} reach past the end of the file (${bytes.length} bytes)`,
    );
    return [];
  }
  const at = header.bits === 64 ? fields64 : fields32;
  const sections: Section[] = [];
  const nameOffsets: number[] = [];
  for (let index = 0; index < header.sectionCount; index++) {
    const entry = table.subarray(index * wanted, (index + 1) * wanted);
    nameOffsets.push(entry.readUInt32LE(0));
    const section: Section = {
      index,
      name: '',
      type: entry.readUInt32LE(4),
      flags: word(entry, 8, header.bits),
      address: word(entry, at.address, header.bits),
      offset: word(entry, at.offset, header.bits),
      size: word(entry, at.size, header.bits),
      link: entry.readUInt32LE(at.link),
      info: entry.readUInt32LE(at.info),
      align: word(entry, at.align, header.bits),
      entrySize: word(entry, at.entrySize, header.bits),
    };
    // The first entry is a placeholder by definition, and may carry overflowing counts.
    if (
      index > 0 &&
      section.type !== 0 &&
      section.type !== SHT_NOBITS &&
      !fileRange(bytes, section.offset, section.size)
    ) {
      defect(
        `section ${index} (offset ${section.offset}, ${section.size} bytes) reaches past the end of the file (${bytes.length} bytes)`,
      );
    }
    sections.push(section);
  }
  const names = sections[header.sectionNamesIndex];
  const strings = names && fileRange(bytes, names.offset, names.size);
  if (!strings) {
    defect('the section names cannot be read');
    return sections;
  }
  for (const section of sections) {
    section.name = stringAt(strings, nameOffsets[section.index] ?? 0) ?? '';
  }
  return sections;
}

const fields64 = {
  address: 16,
  offset: 24,
  size: 32,
  link: 40,
  info: 44,
  align: 48,
  entrySize: 56,
};
const fields32 = {
  address: 12,
  offset: 16,
  size: 20,
  link: 24,
  info: 28,
  align: 32,
  entrySize: 36,
};

/**
 * Reads the header, the program headers and the section headers. Throws ElfError where there is no
 * usable ELF header; what is wrong past that is listed in `defects`, and the part that it spoils is
 * left out.
 */
export function readElf(bytes: Buffer): Elf {
  const header = readHeader(bytes);
  const defects: ElfDefect[] = [];
  const segments = readSegments(bytes, header, defects);
  const sections = readSections(bytes, header, defects);
  const { bits, type, machine, entry } = header;
  return { bytes, header: { bits, type, machine, entry }, segments, sections, defects };
}
