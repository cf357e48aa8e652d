/** An ELF file as it was read: plain values, nothing interpreted beyond the format itself. */

export interface ElfHeader {
  bits: 32 | 64;
  /** `e_type`, e.g. ET_EXEC. */
  type: number;
  /** `e_machine`, e.g. EM_X86_64. */
  machine: number;
  entry: bigint;
}

/** A program header. Offsets are bytes from the file's start; addresses are as linked. */
export interface Segment {
  index: number;
  type: number;
  flags: number;
  offset: bigint;
  virtualAddress: bigint;
  physicalAddress: bigint;
  fileSize: bigint;
  memorySize: bigint;
  align: bigint;
}

export interface Section {
  index: number;
  name: string;
  type: number;
  flags: bigint;
  address: bigint;
  offset: bigint;
  size: bigint;
  link: number;
  info: number;
  align: bigint;
  entrySize: bigint;
}

export interface ElfSymbol {
  name: string;
  value: bigint;
  size: bigint;
  /** STB_GLOBAL, STB_WEAK or 0 for local. */
  binding: number;
  /** The low four bits of `st_info`, e.g. STT_FUNC. */
  type: number;
  /** The section's index; SHN_UNDEF where it is defined nowhere. */
  section: number;
}

export interface Note {
  owner: string;
  type: number;
  data: Buffer;
  /** The note runs past the end of the segment or section that holds it. */
  overruns: boolean;
}

/** What is wrong in a part of the file that the rest can be judged without. */
export interface ElfDefect {
  part: 'program-headers' | 'section-headers' | 'notes' | 'symbols';
  message: string;
}

export interface Elf {
  bytes: Buffer;
  header: ElfHeader;
  segments: Segment[];
  sections: Section[];
  defects: ElfDefect[];
}

/** The file is no ELF file that stubforge can read at all. */
export class ElfError extends Error {
  readonly part: 'magic' | 'header';

  constructor(part: 'magic' | 'header', message: string) {
    super(message);
    this.name = 'ElfError';
    this.part = part;
  }
}

/** The bytes of a range of the file, or undefined where the range leaves it. */
export function fileRange(bytes: Buffer, offset: bigint, size: bigint): Buffer | undefined {
  if (offset < 0n || size < 0n || offset + size > BigInt(bytes.length)) return undefined;
  return bytes.subarray(Number(offset), Number(offset + size));
}

/** A mangled C++ name may be long, but a table without any NUL must not be searched for each name. */
const longestString = 16_384;

/** The NUL-terminated string at `offset`, or undefined where it does not end inside `bytes`. */
export function stringAt(bytes: Buffer, offset: number): string | undefined {
  if (offset < 0 || offset >= bytes.length) return undefined;
  const rest = bytes.subarray(offset, offset + longestString);
  const end = rest.indexOf(0);
  return end < 0 ? undefined : rest.toString('latin1', 0, end);
}
