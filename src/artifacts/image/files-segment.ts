/**
 * The segment `.nub.files`: the image's packed file tree, its default arguments and the function
 * names for backtraces. Little endian; the kernel reads the same layout in `archive/archive.h`.
 */
import { UserError } from '../../util/diagnostic.js';

export const filesSection = '.nub.files';
export const filesMagic = 'NUBFILES';
export const headerSize = 64;
export const entrySize = 40;
export const symbolSize = 16;
export const filesVersion = 1;
export const dataAlign = 16;

export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFLNK = 0o120000;

/** A file as it is packed. `path` is absolute in the guest; content of a symbolic link is its target. */
export interface PackedFile {
  path: string;
  /** `st_mode`: the type (S_IFREG, S_IFDIR or S_IFLNK) and the permissions. */
  mode: number;
  content: Buffer;
}

/** A function's name for backtraces. */
export interface PackedSymbol {
  address: bigint;
  size: bigint;
  name: string;
}

export interface FilesSegmentContent {
  files: readonly PackedFile[];
  /** The default arguments, argv[0] first; used when the command line gives none. */
  arguments: readonly string[];
  symbols: readonly PackedSymbol[];
  /** Modification time of every entry, in seconds since 1970. */
  mtime: number;
}

/** Byte order of UTF-8, which JavaScript's own comparison of UTF-16 units does not give. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * The path without its leading slash. Throws UserError for a path that is not a plain one below the
 * root: relative, with `.`, `..`, empty parts or NUL.
 */
export function normalGuestPath(path: string): string {
  const id = 'image.invalid-path';
  const help = 'write it as an absolute path in the image, such as /etc/motd';
  if (!path.startsWith('/')) {
    throw new UserError({ id, message: `the path '${path}' in the image is not absolute`, help });
  }
  const parts = path.slice(1).split('/');
  if (parts.includes('..')) {
    throw new UserError({ id, message: `the path '${path}' leaves the image's file tree`, help });
  }
  if (parts.some((part) => part === '' || part === '.') || path.includes('\0')) {
    throw new UserError({ id, message: `'${path}' is not a plain path to a file`, help });
  }
  return parts.join('/');
}

function isDirectory({ mode }: PackedFile): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}

/** The tree with all parent directories, by path in byte order. Throws UserError for conflicts. */
function completeTree(files: readonly PackedFile[]): PackedFile[] {
  const tree = new Map<string, PackedFile>();
  for (const file of files) {
    const path = normalGuestPath(file.path);
    const known = tree.get(path);
    // Several folders may be packed into the same one.
    if (known && !(isDirectory(known) && isDirectory(file))) {
      throw new UserError({
        id: 'image.conflicting-files',
        message: `'/${path}' is packed twice`,
        help: 'remove one of the two, or pack it under another path',
      });
    }
    tree.set(path, { ...file, path });
  }
  for (const path of [...tree.keys()]) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      const found = tree.get(parent);
      if (!found) {
        tree.set(parent, { path: parent, mode: S_IFDIR | 0o755, content: Buffer.alloc(0) });
      } else if (!isDirectory(found)) {
        throw new UserError({
          id: 'image.conflicting-files',
          message: `'/${path}' cannot be packed: '/${parent}' is not a directory`,
          help: 'pack one of the two under another path',
        });
      }
    }
  }
  return [...tree.values()].sort((a, b) => compareBytes(a.path, b.path));
}

/** Strings, each stored once and ended by NUL; offsets count from the table's start. */
class StringTable {
  readonly #offsets = new Map<string, number>();
  readonly #parts: Buffer[] = [];
  size = 0;

  add(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(`${text}\0`);
    const offset = this.size;
    this.#offsets.set(text, offset);
    this.#parts.push(bytes);
    this.size += bytes.length;
    return offset;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

/** Builds the segment. Equal content gives equal bytes. Throws UserError for impossible trees. */
export function buildFilesSegment(content: FilesSegmentContent): Buffer {
  const tree = completeTree(content.files);
  const symbols = [...content.symbols].sort((a, b) =>
    a.address === b.address ? compareBytes(a.name, b.name) : a.address < b.address ? -1 : 1,
  );
  for (const word of content.arguments) {
    if (word.includes('\0')) {
      throw new UserError({
        id: 'image.invalid-argument',
        message: 'an argument contains a NUL character',
      });
    }
  }
  const strings = new StringTable();
  const pathOffsets = tree.map((file) => strings.add(file.path));
  const nameOffsets = symbols.map((symbol) => strings.add(symbol.name));
  const cmdline = Buffer.from(content.arguments.map((word) => `${word}\0`).join(''));

  const entriesOffset = headerSize;
  const symbolsOffset = alignUp(entriesOffset + tree.length * entrySize, dataAlign);
  const cmdlineOffset = symbolsOffset + symbols.length * symbolSize;
  const stringsOffset = cmdlineOffset + cmdline.length;
  let end = alignUp(stringsOffset + strings.size, dataAlign);
  const dataOffsets = tree.map((file) => {
    const offset = end;
    end = alignUp(end + file.content.length, dataAlign);
    return offset;
  });

  const bytes = Buffer.alloc(end);
  bytes.write(filesMagic, 0, 'latin1');
  bytes.writeUInt32LE(filesVersion, 8);
  bytes.writeUInt32LE(headerSize, 12);
  bytes.writeBigUInt64LE(BigInt(end), 16);
  bytes.writeUInt32LE(tree.length, 24);
  bytes.writeUInt32LE(entriesOffset, 28);
  bytes.writeUInt32LE(cmdlineOffset, 32);
  bytes.writeUInt32LE(cmdline.length, 36);
  bytes.writeUInt32LE(symbolsOffset, 40);
  bytes.writeUInt32LE(symbols.length, 44);
  bytes.writeUInt32LE(stringsOffset, 48);
  bytes.writeUInt32LE(strings.size, 52);

  const subdirectories = countSubdirectories(tree);
  for (const [index, file] of tree.entries()) {
    const at = entriesOffset + index * entrySize;
    bytes.writeUInt32LE(pathOffsets[index]!, at);
    bytes.writeUInt32LE(file.mode, at + 4);
    bytes.writeBigUInt64LE(BigInt(dataOffsets[index]!), at + 8);
    bytes.writeBigUInt64LE(BigInt(file.content.length), at + 16);
    bytes.writeBigUInt64LE(BigInt(content.mtime), at + 24);
    bytes.writeUInt32LE(linkCount(file, subdirectories), at + 32);
    file.content.copy(bytes, dataOffsets[index]!);
  }
  for (const [index, symbol] of symbols.entries()) {
    const at = symbolsOffset + index * symbolSize;
    bytes.writeBigUInt64LE(symbol.address, at);
    bytes.writeUInt32LE(nameOffsets[index]!, at + 8);
    bytes.writeUInt32LE(Number(symbol.size > 0xffffffffn ? 0xffffffffn : symbol.size), at + 12);
  }
  cmdline.copy(bytes, cmdlineOffset);
  strings.bytes().copy(bytes, stringsOffset);
  return bytes;
}

/** For each directory how many directories stand in it. */
function countSubdirectories(tree: readonly PackedFile[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of tree) {
    if ((file.mode & S_IFMT) !== S_IFDIR) continue;
    const parent = file.path.slice(0, Math.max(0, file.path.lastIndexOf('/')));
    counts.set(parent, (counts.get(parent) ?? 0) + 1);
  }
  return counts;
}

/** 1 for files; for a directory its entry in the parent, itself, and each directory in it. */
function linkCount(file: PackedFile, subdirectories: Map<string, number>): number {
  if ((file.mode & S_IFMT) !== S_IFDIR) return 1;
  return 2 + (subdirectories.get(file.path) ?? 0);
}
