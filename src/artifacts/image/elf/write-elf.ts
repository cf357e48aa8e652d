import type { Elf, Section, Segment } from './elf.js';
import { SHF_ALLOC, SHT_NOBITS, structureSizes } from './elf-constants.js';

const pageSize = 4096;

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

/** A segment that gets other bytes, with the section that covers it. */
export interface Replacement {
  section: Section;
  segment: Segment;
  bytes: Buffer;
}

/**
 * Writes the ELF file anew: header, program headers and the segments' bytes where they were, the
 * replacement on the next page, then the section names and the section headers.
 */
export function rewriteElf(elf: Elf, replaced?: Replacement): Buffer {
  const sizes = structureSizes[elf.header.bits];
  const fields = headerFields[elf.header.bits];
  const source = elf.bytes;
  const segmentTable = Number(readWord(source, fields.segmentsOffset, elf.header.bits));
  const ranges = elf.segments
    .filter((segment) => segment.index !== replaced?.segment.index)
    .map((segment) => ({ start: Number(segment.offset), size: Number(segment.fileSize) }));
  ranges.push(
    { start: 0, size: sizes.header },
    { start: segmentTable, size: elf.segments.length * sizes.segment },
  );
  const segmentsEnd = Math.max(...ranges.map((range) => range.start + range.size));
  const packedOffset = alignUp(segmentsEnd, pageSize);
  const namesOffset = replaced ? packedOffset + replaced.bytes.length : segmentsEnd;

  const kept = elf.sections.filter((section) => section.index > 0 && section.flags & SHF_ALLOC);
  const names = sectionNames(kept);
  const sectionsOffset = alignUp(namesOffset + names.bytes.length, 8);
  const sectionCount = kept.length + 2;
  const output = Buffer.alloc(sectionsOffset + sectionCount * sizes.section);

  for (const { start, size } of ranges) source.copy(output, start, start, start + size);
  replaced?.bytes.copy(output, packedOffset);
  names.bytes.copy(output, namesOffset);

  writeWord(output, fields.sectionsOffset, BigInt(sectionsOffset), elf.header.bits);
  output.writeUInt16LE(sizes.section, fields.sectionSize);
  output.writeUInt16LE(sectionCount, fields.sectionSize + 2);
  output.writeUInt16LE(sectionCount - 1, fields.sectionSize + 4);

  if (replaced) {
    const size = BigInt(replaced.bytes.length);
    const at = segmentTable + replaced.segment.index * sizes.segment;
    const segmentAt = segmentFields[elf.header.bits];
    writeWord(output, at + segmentAt.offset, BigInt(packedOffset), elf.header.bits);
    writeWord(output, at + segmentAt.fileSize, size, elf.header.bits);
    writeWord(output, at + segmentAt.memorySize, size, elf.header.bits);
  }

  const indexes = new Map(kept.map((section, position) => [section.index, position + 1]));
  for (const [position, section] of kept.entries()) {
    const isReplaced = replaced !== undefined && section.index === replaced.section.index;
    // A section without bytes, such as .bss, may tell any offset; one past the file is refused.
    const offset =
      section.type === SHT_NOBITS && section.offset > BigInt(segmentsEnd)
        ? BigInt(segmentsEnd)
        : section.offset;
    writeSection(output, sectionsOffset + (position + 1) * sizes.section, elf.header.bits, {
      ...section,
      nameOffset: names.offsets[position]!,
      offset: isReplaced ? BigInt(packedOffset) : offset,
      size: isReplaced ? BigInt(replaced.bytes.length) : section.size,
      // What linked to a table that is gone, such as relocations to symbols, links to nothing.
      link: indexes.get(section.link) ?? 0,
      info: indexes.get(section.info) ?? 0,
    });
  }
  writeSection(output, sectionsOffset + (sectionCount - 1) * sizes.section, elf.header.bits, {
    nameOffset: names.own,
    type: 3,
    flags: 0n,
    address: 0n,
    offset: BigInt(namesOffset),
    size: BigInt(names.bytes.length),
    link: 0,
    info: 0,
    align: 1n,
    entrySize: 0n,
  });
  return output;
}

function sectionNames(sections: readonly Section[]) {
  const all = [...sections.map((section) => section.name), '.shstrtab'];
  const offsets: number[] = [];
  let text = '\0';
  for (const name of all) {
    offsets.push(text.length);
    text += `${name}\0`;
  }
  return { bytes: Buffer.from(text, 'latin1'), offsets, own: offsets.at(-1)! };
}

const headerFields = {
  32: { segmentsOffset: 28, sectionsOffset: 32, sectionSize: 46 },
  64: { segmentsOffset: 32, sectionsOffset: 40, sectionSize: 58 },
} as const;

const segmentFields = {
  32: { offset: 4, fileSize: 16, memorySize: 20 },
  64: { offset: 8, fileSize: 32, memorySize: 40 },
} as const;

function readWord(bytes: Buffer, offset: number, bits: 32 | 64): bigint {
  return bits === 64 ? bytes.readBigUInt64LE(offset) : BigInt(bytes.readUInt32LE(offset));
}

function writeWord(bytes: Buffer, offset: number, value: bigint, bits: 32 | 64): void {
  if (bits === 64) bytes.writeBigUInt64LE(value, offset);
  else bytes.writeUInt32LE(Number(value), offset);
}

interface SectionHeader extends Omit<Section, 'index' | 'name'> {
  nameOffset: number;
}

/** Writes a section header; all its fields have the class's word size but name, type, link, info. */
function writeSection(bytes: Buffer, at: number, bits: 32 | 64, section: SectionHeader): void {
  const wordSize = bits / 8;
  bytes.writeUInt32LE(section.nameOffset, at);
  bytes.writeUInt32LE(section.type, at + 4);
  let position = at + 8;
  for (const value of [section.flags, section.address, section.offset, section.size]) {
    writeWord(bytes, position, value, bits);
    position += wordSize;
  }
  bytes.writeUInt32LE(section.link, position);
  bytes.writeUInt32LE(section.info, position + 4);
  position += 8;
  writeWord(bytes, position, section.align, bits);
  writeWord(bytes, position + wordSize, section.entrySize, bits);
}
