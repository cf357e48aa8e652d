import type { ElfDefect } from '../../elf/elf.js';
import {
  EM_386,
  EM_X86_64,
  ET_EXEC,
  PT_DYNAMIC,
  PT_INTERP,
  SHN_UNDEF,
  SHT_DYNAMIC,
  STB_WEAK,
} from '../../elf/elf-constants.js';
import { readSymbols, symbolTable } from '../../elf/elf-symbols.js';
import {
  blocked,
  failed,
  type ImageView,
  notApplicable,
  passed,
  type Rule,
  ways,
} from '../rule.js';

function firstDefect(image: ImageView, part: ElfDefect['part']): string | undefined {
  return image.elf.defects.find((defect) => defect.part === part)?.message;
}

/** Rules about the file as an ELF file: it is whole, for the right processor, and needs no linker. */
export const elfRules: readonly Rule[] = [
  {
    name: 'elf-program-headers',
    summary: 'the program headers, and the segments that they describe, lie inside the file',
    check(image) {
      const defect = firstDefect(image, 'program-headers');
      return defect ? blocked(defect, ways) : passed;
    },
  },
  {
    name: 'elf-section-headers',
    summary: 'the section headers, and the sections that they describe, lie inside the file',
    check(image) {
      const defect = firstDefect(image, 'section-headers');
      // Xen's ELF loader refuses such a file; QEMU's reads section headers for symbols only.
      return defect ? blocked(defect, ['xen-pv', 'initial-domain', 'xen-pvh']) : passed;
    },
  },
  {
    name: 'machine',
    summary: 'the image is ELF64 for x86-64 or ELF32 for i386',
    check({ elf }) {
      const { bits, machine } = elf.header;
      if ((bits === 64 && machine === EM_X86_64) || (bits === 32 && machine === EM_386)) {
        return passed;
      }
      return blocked(`the image is ELF${bits} for ${machineName(machine)}`, ways);
    },
  },
  {
    name: 'executable-type',
    summary: 'the image is an executable that is linked at a fixed address (ET_EXEC)',
    check({ elf }) {
      return elf.header.type === ET_EXEC
        ? passed
        : failed(
            `the ELF type is ${['ET_NONE', 'ET_REL', 'ET_EXEC', 'ET_DYN', 'ET_CORE'][elf.header.type] ?? elf.header.type}, not ET_EXEC`,
          );
    },
  },
  {
    name: 'static',
    summary: 'the image asks for no interpreter (dynamic linker)',
    check({ elf }) {
      return elf.segments.some((segment) => segment.type === PT_INTERP)
        ? blocked('the image is dynamically linked: it has a PT_INTERP segment', ways)
        : passed;
    },
  },
  {
    name: 'no-dynamic-section',
    summary: 'there is no dynamic section, so nothing is left to relocate',
    check({ elf }) {
      const found =
        elf.segments.some((segment) => segment.type === PT_DYNAMIC) ||
        elf.sections.some((section) => section.type === SHT_DYNAMIC);
      return found ? failed('the image has a dynamic section') : passed;
    },
  },
  {
    name: 'no-undefined-symbols',
    summary: 'every symbol is defined',
    check({ elf }) {
      const table = symbolTable(elf);
      if (!table) return notApplicable('the image has no symbol table');
      const symbols = readSymbols(elf, table);
      if (!symbols) return failed('the symbol table cannot be read');
      // A weak symbol that nothing defines has the value 0 by the rules of static linking.
      const names = symbols
        .filter((symbol) => symbol.section === SHN_UNDEF && symbol.binding !== STB_WEAK)
        .map((symbol) => symbol.name)
        .filter((name) => name !== '');
      if (names.length === 0) return passed;
      const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
      return failed(`undefined symbols: ${names.slice(0, 5).join(', ')}${more}`);
    },
  },
];

export function machineName(machine: number): string {
  const names: Record<number, string> = { 3: 'i386', 40: 'ARM', 62: 'x86-64', 183: 'AArch64' };
  return names[machine] ?? `machine ${machine}`;
}
