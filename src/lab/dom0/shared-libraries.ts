/** Which shared libraries a program needs: the DT_NEEDED entries of its dynamic section. */
import { type Elf, fileRange, stringAt } from '../../artifacts/image/elf/elf.js';
import { PT_DYNAMIC, PT_LOAD } from '../../artifacts/image/elf/elf-constants.js';
import { readElf } from '../../artifacts/image/elf/read-elf.js';

const DT_NULL = 0n;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;

/** The names of the libraries that a 64-bit ELF file names itself; none for a static one. */
export function neededLibraries(bytes: Buffer): string[] {
  const elf = readElf(bytes);
  const dynamic = elf.segments.find((segment) => segment.type === PT_DYNAMIC);
  const table = dynamic && fileRange(bytes, dynamic.offset, dynamic.fileSize);
  if (!table) return [];
  const offsets: bigint[] = [];
  let strings = 0n;
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = table.readBigUInt64LE(at);
    if (tag === DT_NULL) break;
    const value = table.readBigUInt64LE(at + 8);
    if (tag === DT_NEEDED) offsets.push(value);
    if (tag === DT_STRTAB) strings = value;
  }
  return offsets.flatMap((offset) => {
    const at = fileOffset(elf, strings + offset);
    const name = at === undefined ? undefined : stringAt(bytes, at);
    return name === undefined ? [] : [name];
  });
}

function fileOffset(elf: Elf, address: bigint): number | undefined {
  const segment = elf.segments.find(
    ({ type, virtualAddress: start, fileSize }) =>
      type === PT_LOAD && address >= start && address < start + fileSize,
  );
  return segment && Number(address - segment.virtualAddress + segment.offset);
}
