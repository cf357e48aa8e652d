/**
 * The image step: takes a linked program, complete with kernel and Xen notes, and gives the image:
 * stripped, with the packed file tree, the default arguments and the function names in it.
 */

import { UserError } from '../util/problem.js';
import {
  PT_LOAD,
  SHF_ALLOC,
  SHT_NOBITS,
  STB_GLOBAL,
  STT_FUNC,
  structureSizes,
} from './elf/constants.js';
import { type Elf, ElfError, type ElfSymbol, type Section, type Segment } from './elf/elf.js';
import { readElf } from './elf/read.js';
import { readSymbols, symbolTable } from './elf/symbols.js';
import {
  buildFilesSegment,
  filesSection,
  type PackedFile,
  type PackedSymbol,
} from './files-segment.js';

const pageSize = 4096;

export interface PackInput {
  /** The linked program: a static ELF executable, its symbols still in it. */
  elf: Buffer;
  files: readonly PackedFile[];
  /** The default arguments, argv[0] first. */
  arguments: readonly string[];
  /** Modification time of the packed files, in seconds since 1970 (SOURCE_DATE_EPOCH). */
  date: number;
}

/**
 * Packs an image. Pure and deterministic: equal input gives equal bytes. Nothing of the input
 * survives but what is loaded, its notes among it, and the headers of the loaded sections.
 *
 * A program without a `.nub.files` section (of another kernel) is stripped only; files or arguments
 * for it are an error. Throws UserError where the program cannot be an image.
 */
export function packImage(input: PackInput): Buffer {
  const elf = readProgram(input.elf);
  const place = findPlace(elf);
  if (!place && (input.files.length > 0 || input.arguments.length > 0)) {
    throw new UserError({
      message: `the program has no segment ${filesSection} to pack files and arguments into`,
      remedy: 'link it with the toolchain’s own kernel, or pack no files and no arguments',
    });
  }
  const packed = place
    ? buildFilesSegment({
        files: input.files,
        arguments: input.arguments,
        symbols: functionNames(elf),
        mtime: input.date,
      })
    : undefined;
  if (place && packed) checkAddresses(elf, place.segment, BigInt(packed.length));
  return writeImageElf(elf, place && packed ? { ...place, packed } : undefined);
}

function readProgram(bytes: Buffer): Elf {
  let elf: Elf;
  try {
    elf = readElf(bytes);
  } catch (error) {
    if (error instanceof ElfError) {
      throw new UserError({ message: `the program cannot be packed: ${error.message}` });
    }
    throw error;
  }
  const defect = elf.defects[0];
  if (defect) throw new UserError({ message: `the program cannot be packed: ${defect.message}` });
  return elf;
}

interface Place {
  section: Section;
  segment: Segment;
}

function findPlace(elf: Elf): Place | undefined {
  const section = elf.sections.find((each) => each.name === filesSection);
  if (!section) return undefined;
  const segment = elf.segments.find(
    (each) => each.type === PT_LOAD && each.virtualAddress === section.address,
  );
  if (!segment || segment.memorySize !== section.size) {
    throw new UserError({
      message: `${filesSection} has no segment of its own in the linked program`,
      remedy: 'the linker script must place it in a PT_LOAD segment that holds nothing else',
    });
  }
  if (segment.virtualAddress % BigInt(pageSize) !== 0n) {
    throw new UserError({ message: `the segment ${filesSection} does not begin on a page` });
  }
  return { section, segment };
}

/** The segment grows in place, so nothing may be linked above it, and it must stay addressable. */
function checkAddresses(elf: Elf, segment: Segment, size: bigint): void {
  for (const other of elf.segments) {
    if (other.type !== PT_LOAD || other.index === segment.index || other.memorySize === 0n)
      continue;
    if (
      (other.virtualAddress < segment.virtualAddress + size &&
        other.virtualAddress + other.memorySize > segment.virtualAddress) ||
      (other.physicalAddress < segment.physicalAddress + size &&
        other.physicalAddress + other.memorySize > segment.physicalAddress)
    ) {
      throw new UserError({
        message: `the packed files (${size} bytes) would overlap segment ${other.index} of the program`,
        remedy: `the linker script must place ${filesSection} last`,
      });
    }
  }
  // Both entries run with 32-bit physical addresses, and a 32-bit guest has no others.
  if (segment.physicalAddress + size > 1n << 32n) {
    throw new UserError({ message: `the packed files (${size} bytes) do not fit below 4 GiB` });
  }
}

/** One name for each function's address: a global one where there is a choice. */
function functionNames(elf: Elf): PackedSymbol[] {
  const table = symbolTable(elf);
  const symbols = table ? (readSymbols(elf, table) ?? []) : [];
  const best = new Map<bigint, ElfSymbol>();
  for (const symbol of symbols) {
    if (symbol.type !== STT_FUNC || symbol.section === 0 || symbol.name === '') continue;
    const known = best.get(symbol.value);
    if (!known || preferred(symbol, known)) best.set(symbol.value, symbol);
  }
  return [...best.values()].map(({ value, size, name }) => ({ address: value, size, name }));
}

function preferred(a: ElfSymbol, b: ElfSymbol): boolean {
  const rank = (symbol: ElfSymbol) => (symbol.binding === STB_GLOBAL ? 0 : symbol.binding || 3);
  return rank(a) === rank(b) ? a.name < b.name : rank(a) < rank(b);
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

/**
 * Writes the ELF file anew: header, program headers and the segments' bytes where they were, the
 * packed files on the next page, then the section names and the section headers.
 */
function writeImageElf(elf: Elf, replaced?: Place & { packed: Buffer }): Buffer {
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
  const namesOffset = replaced ? packedOffset + replaced.packed.length : segmentsEnd;

  const kept = elf.sections.filter((section) => section.index > 0 && section.flags & SHF_ALLOC);
  const names = sectionNames(kept);
  const sectionsOffset = alignUp(namesOffset + names.bytes.length, 8);
  const sectionCount = kept.length + 2;
  const output = Buffer.alloc(sectionsOffset + sectionCount * sizes.section);

  for (const { start, size } of ranges) source.copy(output, start, start, start + size);
  replaced?.packed.copy(output, packedOffset);
  names.bytes.copy(output, namesOffset);

  writeWord(output, fields.sectionsOffset, BigInt(sectionsOffset), elf.header.bits);
  output.writeUInt16LE(sizes.section, fields.sectionSize);
  output.writeUInt16LE(sectionCount, fields.sectionSize + 2);
  output.writeUInt16LE(sectionCount - 1, fields.sectionSize + 4);

  if (replaced) {
    const size = BigInt(replaced.packed.length);
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
      size: isReplaced ? BigInt(replaced.packed.length) : section.size,
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
