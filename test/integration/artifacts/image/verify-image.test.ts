import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { symbolTable } from '../../../../src/artifacts/image/elf/elf-symbols.js';
import { readElf } from '../../../../src/artifacts/image/elf/read-elf.js';
import { packImage } from '../../../../src/artifacts/image/pack-image.js';
import { rules } from '../../../../src/artifacts/image/verify/rules/all-rules.js';
import {
  type Verification,
  verifyBytes,
  verifyImage,
} from '../../../../src/artifacts/image/verify/verify-image.js';
import { ElfEditor, seeded } from '../../../support/elf-editor.js';
import { linkGuest } from '../../../support/guest/guest.js';

const images: Partial<Record<32 | 64, { linked: Buffer; packed: Buffer }>> = {};

beforeAll(async () => {
  for (const bits of [32, 64] as const) {
    const linked = await linkGuest({ bits });
    const files = [{ path: '/etc/motd', mode: 0o100644, content: Buffer.from('hello\n') }];
    images[bits] = {
      linked,
      packed: packImage({ elf: linked, files, arguments: ['guest'], date: 0 }),
    };
  }
});

function failures(verification: Verification): string[] {
  return verification.findings
    .filter((finding) => finding.status === 'failed')
    .map((finding) => finding.rule);
}

function edit(bits: 32 | 64): ElfEditor {
  return new ElfEditor(images[bits]!.packed);
}

// The guest's segments, in the order of its linker script.
const [rodata, text, data, files, note] = [0, 1, 2, 3, 4];
const dataAddress = 0x103000n;

/** For each rule a way to break it. */
const breakages: [rule: string, bits: 32 | 64, change: () => Buffer][] = [
  ['elf-program-headers', 64, () => edit(64).tables('segments', 1 << 30).bytes],
  ['elf-section-headers', 64, () => edit(64).tables('sections', 1 << 30).bytes],
  ['machine', 64, () => edit(64).header('machine', 183).bytes],
  ['machine', 32, () => edit(32).header('machine', 62).bytes],
  ['executable-type', 64, () => edit(64).header('type', 3).bytes],
  ['static', 64, () => edit(64).segment(note!, 'type', 3).bytes],
  ['no-dynamic-section', 64, () => edit(64).segment(note!, 'type', 2).bytes],
  ['no-undefined-symbols', 64, () => withUndefinedSymbol(images[64]!.linked)],
  ['segments-loadable', 32, () => edit(32).segment(data!, 'memorySize', 1).bytes],
  ['segments-no-overlap', 64, () => edit(64).segment(text!, 'memorySize', 0x100000).bytes],
  ['segments-page-aligned', 64, () => edit(64).segment(data!, 'virtualAddress', 0x102ff0).bytes],
  ['segments-wx', 32, () => edit(32).segment(text!, 'flags', 7).bytes],
  ['segments-separate', 64, () => edit(64).segment(data!, 'flags', 4).bytes],
  ['segments-load-address', 64, () => edit(64).segment(data!, 'physicalAddress', 0x200000).bytes],
  ['xen-notes', 64, () => edit(64).replaceAll('Xen\0', 'Xfn\0').bytes],
  ['notes-readable', 64, () => edit(64).noteSize(18, 32).bytes],
  ['note-guest-os', 64, () => edit(64).dropNote(6).bytes],
  ['note-guest-version', 64, () => edit(64).dropNote(7).bytes],
  ['note-xen-version', 64, () => edit(64).dropNote(5).bytes],
  ['note-xen-version', 32, () => edit(32).noteText(5, 'xen-2.0').bytes],
  ['note-loader', 64, () => edit(64).dropNote(8).bytes],
  ['note-loader', 32, () => edit(32).noteText(8, 'special').bytes],
  ['note-entry', 64, () => edit(64).dropNote(1).bytes],
  ['note-virt-base', 64, () => edit(64).dropNote(3).bytes],
  ['note-paddr-offset', 64, () => edit(64).dropNote(4).bytes],
  ['note-hypercall-page', 64, () => edit(64).dropNote(2).bytes],
  ['note-features', 64, () => edit(64).dropNote(10).dropNote(17).bytes],
  ['note-initial-domain', 64, () => edit(64).noteNumber(17, 1n).bytes],
  ['note-pae', 32, () => edit(32).dropNote(9).bytes],
  ['note-pae', 32, () => edit(32).noteText(9, 'no\0').bytes],
  ['note-hv-start-low', 32, () => edit(32).dropNote(12).bytes],
  ['note-hv-start-low', 32, () => edit(32).noteNumber(12, 0xf5900000n).bytes],
  ['note-phys32-entry', 64, () => edit(64).dropNote(18).bytes],
  ['note-phys32-entry-in-segment', 64, () => edit(64).segment(note!, 'align', 8).bytes],
  ['note-phys32-entry-in-segment', 64, () => edit(64).segment(note!, 'type', 0).bytes],
  [
    'image-above-virt-base',
    64,
    () => edit(64).noteNumber(3, 0x200000n).noteNumber(4, 0x200000n).bytes,
  ],
  ['entry-in-text', 64, () => edit(64).noteNumber(1, dataAddress).bytes],
  ['hypercall-page-aligned', 64, () => edit(64).noteNumber(2, 0x101008n).bytes],
  ['hypercall-page-in-text', 32, () => edit(32).noteNumber(2, dataAddress).bytes],
  ['phys32-entry-in-text', 64, () => edit(64).noteNumber(18, dataAddress).bytes],
  ['phys32-load-address', 64, () => edit(64).segment(rodata!, 'physicalAddress', 1n << 33n).bytes],
  ['file-tree', 64, () => edit(64).replaceAll('NUBFILES', 'NUBFILEZ').bytes],
  ['file-tree', 32, () => edit(32).segment(files!, 'fileSize', 8).bytes],
];

function withUndefinedSymbol(image: Buffer): Buffer {
  const elf = readElf(image);
  const bytes = Buffer.from(image);
  // The section index of the last symbol of the 64-bit table.
  const table = symbolTable(elf)!;
  bytes.writeUInt16LE(0, Number(table.offset + table.size) - 24 + 6);
  return bytes;
}

describe('rules', () => {
  test.each([32, 64] as const)(
    'a %i-bit image that keeps the contract passes all',
    async (bits) => {
      const verification = await verifyBytes('guest', images[bits]!.packed, 'stubdom');
      expect(failures(verification)).toEqual([]);
      expect(verification.boots.every((boot) => boot.able)).toBe(true);
      expect(verification.notes.find((each) => each.name === 'GUEST_OS')?.value).toBe('nub-test');
    },
  );

  test.each(breakages)('%s (%i bit) is told when it is broken', async (rule, _bits, change) => {
    const verification = await verifyBytes('guest', change(), 'stubdom');
    expect(failures(verification)).toContain(rule);
    expect(verification.passed).toBe(false);
  });

  test('every rule has a breakage', () => {
    expect(new Set(breakages.map(([rule]) => rule))).toEqual(
      new Set(rules.map((rule) => rule.name)),
    );
  });

  test('names are unique', () => {
    expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
  });
});

describe('files that are no images', () => {
  test('each fails the rule that says how', async () => {
    const image = images[64]!.packed;
    const bigEndian = Buffer.from(image);
    bigEndian[5] = 2;
    const cases: [Buffer, string][] = [
      [Buffer.alloc(0), 'elf-magic'],
      [Buffer.from('#!/bin/sh\n'), 'elf-magic'],
      [image.subarray(0, 40), 'elf-header'],
      [bigEndian, 'elf-header'],
      [gzipSync(image).subarray(0, 500), 'gzip'],
      [gzipSync(Buffer.from('text')), 'elf-magic'],
    ];
    for (const [bytes, rule] of cases) {
      expect(failures(await verifyBytes('file', bytes))).toEqual([rule]);
    }
  });

  test('a file that cannot be read', async () => {
    expect(failures(await verifyImage('/there/is/none'))).toEqual(['readable']);
    expect(failures(await verifyImage('/'))).toEqual(['readable']);
    expect(failures(await verifyImage('/dev/zero'))).toEqual(['readable']);
  });

  test('a bzImage is named as one', async () => {
    const bytes = Buffer.alloc(4096);
    bytes.writeUInt16LE(0xaa55, 0x1fe);
    bytes.write('HdrS', 0x202);
    const verification = await verifyBytes('bzImage', bytes);
    expect(verification.findings.at(-1)?.message).toMatch(/bzImage/);
  });
});

describe('profiles', () => {
  test('an image without nub is held against what it claims to be', async () => {
    const foreign = edit(64).noteText(6, 'other').replaceAll('.nub.files', '.other.dat').bytes;
    const both = await verifyBytes('foreign', foreign);
    expect(both.profiles).toEqual(['xen-pv', 'pvh']);
    const writable = new ElfEditor(foreign).segment(text!, 'flags', 7).bytes;
    const judged = await verifyBytes('foreign', writable);
    expect(judged.passed).toBe(true);
    expect(judged.findings.find((each) => each.rule === 'segments-wx')?.status).toBe('warned');
    expect((await verifyBytes('foreign', writable, 'stubdom')).passed).toBe(false);
    const pvOnly = await verifyBytes('foreign', new ElfEditor(foreign).dropNote(18).bytes);
    expect(pvOnly.profiles).toEqual(['xen-pv']);
    expect(pvOnly.passed).toBe(true);
    expect(
      (await verifyBytes('foreign', new ElfEditor(foreign).dropNote(18).bytes, 'pvh')).passed,
    ).toBe(false);
  });

  test('the legacy section stands in for the notes', async () => {
    const guestSection =
      'GUEST_OS=old,XEN_VER=xen-3.0,LOADER=generic,VIRT_BASE=0x0,VIRT_ENTRY=0x102000,HYPERCALL_PAGE=0x101,PAE=yes';
    const elf = await linkGuest({ bits: 32, flags: [`-DGUEST_SECTION="${guestSection}"`] });
    const verification = await verifyBytes(
      'old',
      new ElfEditor(elf).replaceAll('Xen\0', 'Xfn\0').bytes,
    );
    expect(verification.findings.find((each) => each.rule === 'xen-notes')?.status).toBe('passed');
    expect(verification.boots.find((each) => each.way === 'xen-pv')).toEqual({
      way: 'xen-pv',
      able: true,
      because: [],
    });
    expect(failures(verification)).not.toContain('hypercall-page-in-text');
    expect(failures(verification)).not.toContain('entry-in-text');
  });
});

describe('damaged files', () => {
  test('flipped bits, wild words and cut ends give results, never exceptions', async () => {
    const random = seeded(4);
    const below = (limit: number) => Math.floor(random() * limit);
    for (let round = 0; round < 4000; round++) {
      const source = images[round % 2 ? 32 : 64]![round % 4 < 2 ? 'packed' : 'linked'];
      let bytes = Buffer.from(source);
      for (let count = below(6); count >= 0; count--) {
        // Most of what can go wrong stands in the headers and notes.
        const at = below(random() < 0.7 ? 1024 : bytes.length - 4);
        if (random() < 0.5) bytes[at]! ^= 1 << below(8);
        else bytes.writeUInt32LE(below(2 ** 32), at);
      }
      if (random() < 0.3) bytes = bytes.subarray(0, below(bytes.length));
      if (round % 20 === 0) {
        bytes = gzipSync(bytes, { level: 1 });
        bytes[below(bytes.length)]! ^= 1 << below(8);
      }
      const verification = await verifyBytes('damaged', bytes);
      expect(verification.findings.length).toBeGreaterThan(0);
    }
  }, 60_000);
});
