import { structureSizes } from '../../src/artifacts/image/elf/elf-constants.js';
import { readElf } from '../../src/artifacts/image/elf/read-elf.js';

/** Changes single fields of an ELF image, to break one thing at a time. */
export class ElfEditor {
  readonly bytes: Buffer;
  readonly bits: 32 | 64;

  constructor(image: Buffer) {
    this.bytes = Buffer.from(image);
    this.bits = readElf(image).header.bits;
  }

  get #wide(): boolean {
    return this.bits === 64;
  }

  #word(offset: number, value: bigint): void {
    if (this.#wide) this.bytes.writeBigUInt64LE(value, offset);
    else this.bytes.writeUInt32LE(Number(value), offset);
  }

  header(field: 'type' | 'machine', value: number): this {
    this.bytes.writeUInt16LE(value, field === 'type' ? 16 : 18);
    return this;
  }

  tables(field: 'segments' | 'sections', offset: number): this {
    const span = { segments: this.#wide ? 32 : 28, sections: this.#wide ? 40 : 32 };
    this.#word(span[field], BigInt(offset));
    return this;
  }

  #segment(index: number): number {
    const table = this.#wide ? this.bytes.readBigUInt64LE(32) : this.bytes.readUInt32LE(28);
    return Number(table) + index * structureSizes[this.bits].segment;
  }

  segment(
    index: number,
    field:
      | 'type'
      | 'flags'
      | 'virtualAddress'
      | 'physicalAddress'
      | 'fileSize'
      | 'memorySize'
      | 'align',
    value: number | bigint,
  ): this {
    const at = this.#segment(index);
    if (field === 'type') this.bytes.writeUInt32LE(Number(value), at);
    else if (field === 'flags') this.bytes.writeUInt32LE(Number(value), at + (this.#wide ? 4 : 24));
    else {
      const words = { virtualAddress: 2, physicalAddress: 3, fileSize: 4, memorySize: 5, align: 6 };
      const narrow = { ...words, align: 7 };
      this.#word(at + (this.#wide ? words[field] * 8 : narrow[field] * 4), BigInt(value));
    }
    return this;
  }

  /** Where a Xen note of this type begins. */
  #note(type: number): number {
    for (let at = 0; at + 16 <= this.bytes.length; at += 4) {
      if (
        this.bytes.readUInt32LE(at) === 4 &&
        this.bytes.readUInt32LE(at + 8) === type &&
        this.bytes.toString('latin1', at + 12, at + 16) === 'Xen\0'
      ) {
        return at;
      }
    }
    throw new Error(`there is no note ${type}`);
  }

  /** Makes a note one of an unknown type. */
  dropNote(type: number): this {
    this.bytes.writeUInt32LE(99, this.#note(type) + 8);
    return this;
  }

  noteNumber(type: number, value: bigint): this {
    const at = this.#note(type);
    if (this.bytes.readUInt32LE(at + 4) === 8) this.bytes.writeBigUInt64LE(value, at + 16);
    else this.bytes.writeUInt32LE(Number(value), at + 16);
    return this;
  }

  /** As long as the old text, which the note's size is for. */
  noteText(type: number, text: string): this {
    this.bytes.write(text, this.#note(type) + 16, 'latin1');
    return this;
  }

  noteSize(type: number, size: number): this {
    this.bytes.writeUInt32LE(size, this.#note(type) + 4);
    return this;
  }

  replaceAll(from: string, to: string): this {
    for (let at = this.bytes.indexOf(from); at >= 0; at = this.bytes.indexOf(from, at + 1)) {
      this.bytes.write(to, at, 'latin1');
    }
    return this;
  }
}

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
