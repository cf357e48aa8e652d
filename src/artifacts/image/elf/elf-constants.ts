/**
 * Numbers of the ELF format (System V ABI, gABI chapters 4 and 5) that stubforge meets, and no
 * others.
 */
export const ELFCLASS32 = 1;
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;

export const ET_EXEC = 2;
export const ET_DYN = 3;

export const EM_386 = 3;
export const EM_X86_64 = 62;

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;

export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

export const SHT_SYMTAB = 2;
export const SHT_DYNAMIC = 6;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;

export const SHF_ALLOC = 2n;

export const SHN_UNDEF = 0;

export const STB_GLOBAL = 1;
export const STB_WEAK = 2;
export const STT_FUNC = 2;

/** Sizes in bytes of the fixed structures, by class. */
export const structureSizes = {
  32: { header: 52, segment: 32, section: 40, symbol: 16 },
  64: { header: 64, segment: 56, section: 64, symbol: 24 },
} as const;
