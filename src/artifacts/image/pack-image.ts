/**
 * The image step: takes a linked program, complete with kernel and Xen notes, and gives the image:
 * stripped, with the packed file tree, the default arguments and the function names in it.
 */

import { UserError } from '../../util/diagnostic.js';
import { type Elf, ElfError, type ElfSymbol, type Section, type Segment } from './elf/elf.js';
import { PT_LOAD, STB_GLOBAL, STT_FUNC } from './elf/elf-constants.js';
import { readSymbols, symbolTable } from './elf/elf-symbols.js';
import { readElf } from './elf/read-elf.js';
import { rewriteElf } from './elf/write-elf.js';
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
  const slot = findFilesSlot(elf);
  if (!slot && (input.files.length > 0 || input.arguments.length > 0)) {
    throw new UserError({
      id: 'image.no-files-segment',
      message: `the program has no segment ${filesSection} to pack files and arguments into`,
      help: "link it with the toolchain's own kernel, or pack neither files nor arguments",
    });
  }
  const packed = slot
    ? buildFilesSegment({
        files: input.files,
        arguments: input.arguments,
        symbols: functionNames(elf),
        mtime: input.date,
      })
    : undefined;
  if (slot && packed) checkAddresses(elf, slot.segment, BigInt(packed.length));
  return rewriteElf(elf, slot && packed ? { ...slot, bytes: packed } : undefined);
}

function readProgram(bytes: Buffer): Elf {
  let elf: Elf;
  try {
    elf = readElf(bytes);
  } catch (error) {
    if (error instanceof ElfError) {
      throw notPackable(error.message);
    }
    throw error;
  }
  const defect = elf.defects[0];
  if (defect) throw notPackable(defect.message);
  return elf;
}

const notPackable = (reason: string) =>
  new UserError({
    id: 'image.invalid-program',
    message: `the program cannot be packed: ${reason}`,
  });

interface FilesSlot {
  section: Section;
  segment: Segment;
}

function findFilesSlot(elf: Elf): FilesSlot | undefined {
  const section = elf.sections.find((each) => each.name === filesSection);
  if (!section) return undefined;
  const segment = elf.segments.find(
    (each) => each.type === PT_LOAD && each.virtualAddress === section.address,
  );
  if (!segment || segment.memorySize !== section.size) {
    throw new UserError({
      id: 'image.misplaced-files-segment',
      message: `${filesSection} has no segment of its own in the linked program`,
      help: 'let the linker script place it in a PT_LOAD segment that holds nothing else',
    });
  }
  if (segment.virtualAddress % BigInt(pageSize) !== 0n) {
    throw new UserError({
      id: 'image.misplaced-files-segment',
      message: `the segment ${filesSection} is not page-aligned`,
      help: 'let the linker script align it to a page',
    });
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
        id: 'image.misplaced-files-segment',
        message: `the packed files (${size} bytes) would overlap segment ${other.index} of the program`,
        help: `let the linker script place ${filesSection} last`,
      });
    }
  }
  // Both entries run with 32-bit physical addresses, and a 32-bit guest has no others.
  if (segment.physicalAddress + size > 1n << 32n) {
    throw new UserError({
      id: 'image.too-large',
      message: `the packed files (${size} bytes) do not fit below 4 GiB`,
      help: 'pack fewer or smaller files',
    });
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
