import { type Elf, type ElfSymbol, fileRange, type Section, stringAt } from './elf.js';
import { SHT_SYMTAB, structureSizes } from './elf-constants.js';

/**
 * The symbols of a symbol table section, the null symbol left out. Undefined where the table or its
 * strings cannot be read; a name that cannot be read is empty.
 */
export function readSymbols(elf: Elf, table: Section): ElfSymbol[] | undefined {
  const size = structureSizes[elf.header.bits].symbol;
  const bytes = fileRange(elf.bytes, table.offset, table.size);
  const stringTable = elf.sections[table.link];
  const strings = stringTable && fileRange(elf.bytes, stringTable.offset, stringTable.size);
  if (!bytes || !strings || table.entrySize !== BigInt(size)) return undefined;
  const symbols: ElfSymbol[] = [];
  for (let offset = size; offset + size <= bytes.length; offset += size) {
    const name = stringAt(strings, bytes.readUInt32LE(offset)) ?? '';
    const wide = elf.header.bits === 64;
    const info = bytes.readUInt8(offset + (wide ? 4 : 12));
    symbols.push({
      name,
      value: wide ? bytes.readBigUInt64LE(offset + 8) : BigInt(bytes.readUInt32LE(offset + 4)),
      size: wide ? bytes.readBigUInt64LE(offset + 16) : BigInt(bytes.readUInt32LE(offset + 8)),
      binding: info >> 4,
      type: info & 15,
      section: bytes.readUInt16LE(offset + (wide ? 6 : 14)),
    });
  }
  return symbols;
}

/** The link-time symbol table, where the file was not stripped. */
export function symbolTable(elf: Elf): Section | undefined {
  return elf.sections.find((section) => section.type === SHT_SYMTAB);
}
