import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { collectFiles } from '../../../../src/artifacts/image/collect-files.js';
import { fileRange } from '../../../../src/artifacts/image/elf/elf.js';
import { symbolTable } from '../../../../src/artifacts/image/elf/elf-symbols.js';
import { readElf } from '../../../../src/artifacts/image/elf/read-elf.js';
import {
  buildFilesSegment,
  type PackedFile,
} from '../../../../src/artifacts/image/files-segment.js';
import { packImage } from '../../../../src/artifacts/image/pack-image.js';
import {
  FilesSegmentError,
  readFilesSegment,
} from '../../../../src/artifacts/image/read-files-segment.js';
import { writeImage } from '../../../../src/artifacts/image/write-image.js';
import { UserError } from '../../../../src/util/diagnostic.js';
import { ElfEditor, seeded } from '../../../support/elf-editor.js';
import { linkGuest } from '../../../support/guest/guest.js';
import { temporaryTree } from '../../../support/temporary.js';

const guests: Partial<Record<32 | 64, Buffer>> = {};

beforeAll(async () => {
  for (const bits of [32, 64] as const) guests[bits] = await linkGuest({ bits });
});

function file(path: string, content = ''): PackedFile {
  return { path, mode: 0o100644, content: Buffer.from(content) };
}

function filesOf(image: Buffer) {
  const elf = readElf(image);
  const section = elf.sections.find((each) => each.name === '.nub.files')!;
  return readFilesSegment(fileRange(image, section.offset, section.size)!);
}

describe('the packed file tree', () => {
  const content = {
    files: [
      file('/usr/share/z', 'zed'),
      file('/usr/share/a/deep', 'deep'),
      // In bytes of UTF-8 this sorts before the next; in UTF-16 units it would not.
      file('/\uff5e', 'wave'),
      file('/\u{10400}', 'long'),
      { path: '/link', mode: 0o120777, content: Buffer.from('usr/share/z') },
    ],
    arguments: ['guest', '', 'two words'],
    symbols: [
      { address: 0x2000n, size: 5n, name: 'second' },
      { address: 0x1000n, size: 1n << 40n, name: 'first' },
    ],
    mtime: 1_700_000_000,
  };

  test('is read back as it was packed, with the directories between', () => {
    const read = readFilesSegment(buildFilesSegment(content));
    expect(read.files.map(({ path, mode, links }) => [path, mode.toString(8), links])).toEqual([
      ['/link', '120777', 1],
      ['/usr', '40755', 3],
      ['/usr/share', '40755', 3],
      ['/usr/share/a', '40755', 2],
      ['/usr/share/a/deep', '100644', 1],
      ['/usr/share/z', '100644', 1],
      ['/\uff5e', '100644', 1],
      ['/\u{10400}', '100644', 1],
    ]);
    expect(read.files.find((each) => each.path === '/usr/share/z')?.content.toString()).toBe('zed');
    expect(read.files.every((each) => each.mtime === 1_700_000_000n)).toBe(true);
    expect(read.arguments).toEqual(['guest', '', 'two words']);
    expect(read.symbols).toEqual([
      { address: 0x1000n, size: 0xffffffffn, name: 'first' },
      { address: 0x2000n, size: 5n, name: 'second' },
    ]);
  });

  test('does not depend on the order of the files', () => {
    const reversed = { ...content, files: [...content.files].reverse() };
    expect(buildFilesSegment(reversed).equals(buildFilesSegment(content))).toBe(true);
  });

  test('has its fields where the kernel looks for them', () => {
    const bytes = buildFilesSegment({
      files: [file('/a', 'x')],
      arguments: [],
      symbols: [],
      mtime: 7,
    });
    expect(bytes.toString('latin1', 0, 8)).toBe('NUBFILES');
    expect([8, 12].map((at) => bytes.readUInt32LE(at))).toEqual([1, 64]);
    expect(bytes.readBigUInt64LE(16)).toBe(BigInt(bytes.length));
    expect(bytes.readUInt32LE(24)).toBe(1);
    const entry = bytes.readUInt32LE(28);
    const strings = bytes.readUInt32LE(48);
    expect(bytes.toString('latin1', strings + bytes.readUInt32LE(entry)).startsWith('a\0')).toBe(
      true,
    );
    expect(bytes.readUInt32LE(entry + 4)).toBe(0o100644);
    const data = Number(bytes.readBigUInt64LE(entry + 8));
    expect(data % 16).toBe(0);
    expect(bytes.toString('latin1', data, data + 1)).toBe('x');
    expect(bytes.readBigUInt64LE(entry + 16)).toBe(1n);
    expect(bytes.readBigUInt64LE(entry + 24)).toBe(7n);
    expect(bytes.readUInt32LE(entry + 32)).toBe(1);
  });

  test.each([
    ['etc/motd', /not absolute/],
    ['/etc/../motd', /leaves the image's file tree/],
    ['/etc//motd', /not a plain path/],
    ['/./motd', /not a plain path/],
    ['/etc/', /not a plain path/],
    ['/a\0b', /not a plain path/],
  ])('refuses the path %j', (path, message) => {
    const build = () => buildFilesSegment({ ...content, files: [file(path)] });
    expect(build).toThrow(UserError);
    expect(build).toThrow(message);
  });

  test('refuses a path twice, and a file as a directory', () => {
    const build =
      (...paths: string[]) =>
      () =>
        buildFilesSegment({ ...content, files: paths.map((path) => file(path)) });
    expect(build('/a', '/a')).toThrow(/'\/a' is packed twice/);
    expect(build('/a', '/a/b')).toThrow(/'\/a' is not a directory/);
    expect(build('/a/b', '/a')).toThrow(UserError);
  });

  test('puts the files of folders that are packed as the same one together', () => {
    const folder = { path: '/share', mode: 0o40755, content: Buffer.alloc(0) };
    const files = [folder, file('/share/a'), folder, file('/share/b')];
    const read = readFilesSegment(buildFilesSegment({ ...content, files }));
    expect(read.files.map((each) => each.path)).toEqual(['/share', '/share/a', '/share/b']);
    expect(() => buildFilesSegment({ ...content, files: [folder, file('/share')] })).toThrow(
      /'\/share' is packed twice/,
    );
  });

  test('damaged segments are refused with their own error', () => {
    const random = seeded(9);
    const whole = buildFilesSegment(content);
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(whole.subarray(0, Math.ceil(random() * whole.length)));
      for (let count = 0; count < 3; count++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      try {
        readFilesSegment(bytes);
      } catch (error) {
        if (!(error instanceof FilesSegmentError)) throw error;
      }
    }
  });
});

describe('packImage', () => {
  test.each([32, 64] as const)('replaces the place holder of a %i-bit program', (bits) => {
    const image = packImage({
      elf: guests[bits]!,
      files: [file('/etc/motd', 'hello\n')],
      arguments: ['guest', 'one'],
      date: 5,
    });
    const read = filesOf(image);
    expect(read.files.map((each) => each.path)).toEqual(['/etc', '/etc/motd']);
    expect(read.arguments).toEqual(['guest', 'one']);
    expect(read.symbols.map((each) => each.name)).toEqual([
      'hypercall_page',
      'pv_entry',
      'pvh_entry',
    ]);
    const before = readElf(guests[bits]!);
    const after = readElf(image);
    expect(after.defects).toEqual([]);
    expect(symbolTable(after)).toBeUndefined();
    // All but the files is loaded from where it was, unchanged.
    for (const segment of before.segments.filter((each) => each.index !== 3)) {
      expect(after.segments[segment.index]).toEqual(segment);
      const range = [segment.offset, segment.fileSize] as const;
      expect(fileRange(image, ...range)?.equals(fileRange(guests[bits]!, ...range)!)).toBe(true);
    }
    const files = after.segments[3]!;
    expect(files.memorySize).toBe(read.totalSize);
    expect(files.offset % 4096n).toBe(0n);
  });

  test('debug information does not reach the image', async () => {
    const debug = await linkGuest({ bits: 64, flags: ['-g'] });
    expect(debug.length).toBeGreaterThan(guests[64]!.length);
    const pack = (elf: Buffer) => packImage({ elf, files: [], arguments: ['guest'], date: 0 });
    expect(pack(debug).equals(pack(guests[64]!))).toBe(true);
  });

  test('packing a packed image again replaces its files', () => {
    const once = packImage({ elf: guests[64]!, files: [file('/a')], arguments: ['a'], date: 0 });
    const again = packImage({ elf: once, files: [file('/b')], arguments: ['b'], date: 0 });
    expect(filesOf(again).files.map((each) => each.path)).toEqual(['/b']);
    expect(filesOf(again).arguments).toEqual(['b']);
  });

  test('files that would grow into another segment are refused', () => {
    const elf = new ElfEditor(guests[64]!)
      .segment(2, 'virtualAddress', 0x105000)
      .segment(2, 'physicalAddress', 0x105000).bytes;
    const pack = (size: number) => () =>
      packImage({ elf, files: [file('/a', 'x'.repeat(size))], arguments: [], date: 0 });
    expect(pack(100)).not.toThrow();
    expect(pack(5000)).toThrow(/would overlap segment 2/);
  });

  test('a program of another kernel is stripped, and takes no files', async () => {
    const elf = new ElfEditor(guests[64]!).replaceAll('.nub.files', '.other.dat').bytes;
    const stripped = packImage({ elf, files: [], arguments: [], date: 0 });
    expect(stripped.length).toBeLessThan(elf.length);
    expect(readElf(stripped).defects).toEqual([]);
    expect(() => packImage({ elf, files: [file('/a')], arguments: [], date: 0 })).toThrow(
      UserError,
    );
  });

  test('damaged programs are refused, or packed, but never crash it', () => {
    const random = seeded(11);
    for (let round = 0; round < 2000; round++) {
      const elf = Buffer.from(guests[round % 2 ? 32 : 64]!);
      for (let count = 0; count < 4; count++) {
        const at = Math.floor(random() * (random() < 0.5 ? 400 : elf.length - 4));
        elf.writeUInt32LE(Math.floor(random() * (random() < 0.5 ? 2 ** 32 : 2 ** 14)), at);
      }
      try {
        packImage({ elf, files: [file('/a')], arguments: [], date: 0 });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
  });
});

describe('writeImage', () => {
  test('writes the image and its compressed twin', async () => {
    const directory = await temporaryTree({ motd: 'hello\n', 'tree/sub/run': '#!' });
    await mkdir(join(directory, 'tree/empty'));
    await symlink('sub/run', join(directory, 'tree/link'));
    const program = join(directory, 'program');
    await writeFile(program, guests[64]!);
    const written = await writeImage({
      program,
      files: [
        { sourcePath: join(directory, 'motd'), guestPath: '/etc/motd', mode: 0o600 },
        { sourcePath: join(directory, 'tree'), guestPath: '/tree' },
      ],
      arguments: ['guest'],
      date: 1,
      directory: join(directory, 'boot'),
      name: 'guest',
    });
    const image = await readFile(written.elf);
    const gz = await readFile(written.gz);
    expect([written.bytes, written.gzBytes]).toEqual([image.length, gz.length]);
    expect(gunzipSync(gz).equals(image)).toBe(true);
    // No time and no name: the same image is the same file tomorrow.
    expect(gz.subarray(3, 8)).toEqual(Buffer.alloc(5));
    expect(
      filesOf(image).files.map(({ path, mode, content }) => [path, mode.toString(8), `${content}`]),
    ).toEqual([
      ['/etc', '40755', ''],
      ['/etc/motd', '100600', 'hello\n'],
      ['/tree', '40755', ''],
      ['/tree/empty', '40755', ''],
      ['/tree/link', '120777', 'sub/run'],
      ['/tree/sub', '40755', ''],
      ['/tree/sub/run', '100644', '#!'],
    ]);
  });

  test('says which file or program is missing', async () => {
    await expect(collectFiles([{ sourcePath: '/there/is/none', guestPath: '/a' }])).rejects.toThrow(
      '/there/is/none cannot be packed as /a: there is no such file',
    );
    await expect(collectFiles([{ sourcePath: '/dev/null', guestPath: '/a' }])).rejects.toThrow(
      UserError,
    );
    const directory = await temporaryTree();
    await expect(
      writeImage({
        ...{ program: '/there/is/none', files: [], arguments: [], date: 0 },
        ...{ directory, name: 'guest' },
      }),
    ).rejects.toThrow(UserError);
  });
});
