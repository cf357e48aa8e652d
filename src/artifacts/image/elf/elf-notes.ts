import { type Elf, type ElfDefect, fileRange, type Note } from './elf.js';
import { PT_NOTE, SHT_NOTE } from './elf-constants.js';

/** No real file has more; a loop over garbage stops here. */
const maximumNotes = 4096;

/**
 * The notes of a range of the file. Names and descriptors are padded to 4 bytes, in 64-bit files
 * too: that is how Xen and the Linux tools write and read them.
 *
 * A descriptor may run past its range and even past the file: Xen reads such notes by their content
 * (GRUB's 32-bit PV image ends with the string `yes`, whose size it gives as 12), so what there is of
 * them is given, with `overruns` set.
 */
function notesIn(bytes: Buffer, start: number, end: number, defects: ElfDefect[]): Note[] {
  const notes: Note[] = [];
  const defect = (message: string) => defects.push({ part: 'notes', message });
  let position = start;
  // What is left below a note's header is padding.
  while (position + 12 <= end) {
    const nameSize = bytes.readUInt32LE(position);
    const dataSize = bytes.readUInt32LE(position + 4);
    const type = bytes.readUInt32LE(position + 8);
    const data = position + 12 + roundUp4(nameSize);
    const next = data + roundUp4(dataSize);
    if (data > bytes.length) {
      defect(`the note at offset ${position} reaches past the end of the file`);
      return notes;
    }
    if (notes.length >= maximumNotes) {
      defect(`there are more than ${maximumNotes} notes at offset ${start}`);
      return notes;
    }
    const name = bytes.toString('latin1', position + 12, position + 12 + nameSize);
    notes.push({
      owner: name.replace(/\0.*$/s, ''),
      type,
      data: bytes.subarray(data, data + dataSize),
      overruns: data + dataSize > end,
    });
    position = next;
  }
  return notes;
}

function roundUp4(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Where notes were taken from: `segments` is what loaders look at first. */
export interface NoteList {
  from: 'segments' | 'sections' | 'nowhere';
  notes: Note[];
  defects: ElfDefect[];
}

/**
 * All notes of the PT_NOTE segments; the notes of SHT_NOTE sections only when no segment holds any
 * of `owner`. Xen's loader looks in the same order.
 */
export function readNotes(elf: Elf, owner: string): NoteList {
  const defects: ElfDefect[] = [];
  const collect = (ranges: { offset: bigint; size: bigint }[]) =>
    ranges.flatMap(({ offset, size }) =>
      fileRange(elf.bytes, offset, size)
        ? notesIn(elf.bytes, Number(offset), Number(offset + size), defects)
        : [],
    );
  const inSegments = collect(
    elf.segments
      .filter((segment) => segment.type === PT_NOTE)
      .map((segment) => ({ offset: segment.offset, size: segment.fileSize })),
  );
  if (inSegments.some((note) => note.owner === owner)) {
    return { from: 'segments', notes: inSegments, defects };
  }
  const inSections = collect(elf.sections.filter((section) => section.type === SHT_NOTE));
  if (inSections.some((note) => note.owner === owner)) {
    return { from: 'sections', notes: inSections, defects };
  }
  return { from: 'nowhere', notes: [...inSegments, ...inSections], defects };
}
