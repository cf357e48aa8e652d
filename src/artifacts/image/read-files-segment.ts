import {
  dataAlign,
  entrySize,
  filesMagic,
  filesVersion,
  headerSize,
  type PackedFile,
  type PackedSymbol,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  symbolSize,
} from './files-segment.js';

/** The segment does not hold together; the message says where. */
export class FilesSegmentError extends Error {}

export interface FilesSegment {
  totalSize: bigint;
  /** In byte order of their paths; paths begin with a slash. */
  files: (PackedFile & { mtime: bigint; links: number })[];
  arguments: string[];
  symbols: PackedSymbol[];
}

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new FilesSegmentError(message);
}

/** The part of a segment, or an error that names it. */
function part(bytes: Buffer, what: string, offset: number | bigint, size: number | bigint): Buffer {
  const end = BigInt(offset) + BigInt(size);
  check(end <= BigInt(bytes.length), `${what} reaches past the end of the segment`);
  return bytes.subarray(Number(offset), Number(end));
}

/**
 * Reads the segment `.nub.files` back, everything checked. Throws FilesSegmentError for whatever
 * the kernel could stumble over.
 */
export function readFilesSegment(segment: Buffer): FilesSegment {
  check(
    segment.length >= headerSize,
    `the segment has ${segment.length} bytes, too few for its header`,
  );
  const magic = segment.toString('latin1', 0, 8);
  check(
    magic === filesMagic,
    /^\0*$/.test(magic) ? 'nothing has been packed into it' : 'its magic is not NUBFILES',
  );
  const version = segment.readUInt32LE(8);
  check(version === filesVersion, `its version is ${version}, not ${filesVersion}`);
  check(segment.readUInt32LE(12) === headerSize, 'its header size is not 64');
  const totalSize = segment.readBigUInt64LE(16);
  check(
    totalSize >= BigInt(headerSize) && totalSize <= BigInt(segment.length),
    `its header says ${totalSize} bytes, but the segment has ${segment.length}`,
  );
  const bytes = segment.subarray(0, Number(totalSize));
  const field = (offset: number) => bytes.readUInt32LE(offset);
  const entries = part(bytes, 'the table of files', field(28), field(24) * entrySize);
  const cmdline = part(bytes, 'the default arguments', field(32), field(36));
  const symbolTable = part(bytes, 'the symbol table', field(40), field(44) * symbolSize);
  const strings = part(bytes, 'the string table', field(48), field(52));
  check(strings.length === 0 || strings.at(-1) === 0, 'the string table does not end in NUL');
  const string = (offset: number): Buffer => {
    check(offset < strings.length, 'a name lies outside the string table');
    return strings.subarray(offset, strings.indexOf(0, offset));
  };

  return {
    totalSize,
    files: readEntries(bytes, entries, string),
    arguments: readArguments(cmdline),
    symbols: readSymbolTable(symbolTable, string),
  };
}

function readEntries(
  bytes: Buffer,
  entries: Buffer,
  string: (offset: number) => Buffer,
): FilesSegment['files'] {
  const files: FilesSegment['files'] = [];
  const directories = new Set(['']);
  let previous: Buffer | undefined;
  for (let at = 0; at < entries.length; at += entrySize) {
    const name = string(entries.readUInt32LE(at));
    const path = name.toString();
    check(!previous || Buffer.compare(previous, name) < 0, `'/${path}' is out of order`);
    previous = name;
    const parts = path.split('/');
    check(
      !parts.some((each) => ['', '.', '..'].includes(each)),
      `'/${path}' is not a plain absolute path`,
    );
    check(
      directories.has(parts.slice(0, -1).join('/')),
      `the directory of '/${path}' is not in the tree before it`,
    );
    const mode = entries.readUInt32LE(at + 4);
    const type = mode & S_IFMT;
    check([S_IFREG, S_IFDIR, S_IFLNK].includes(type), `'/${path}' is of an unknown type`);
    if (type === S_IFDIR) directories.add(path);
    const dataOffset = entries.readBigUInt64LE(at + 8);
    check(dataOffset % BigInt(dataAlign) === 0n, `the data of '/${path}' is not aligned`);
    files.push({
      path: `/${path}`,
      mode,
      content: part(bytes, `the data of '/${path}'`, dataOffset, entries.readBigUInt64LE(at + 16)),
      mtime: entries.readBigUInt64LE(at + 24),
      links: entries.readUInt32LE(at + 32),
    });
  }
  return files;
}

function readArguments(cmdline: Buffer): string[] {
  if (cmdline.length === 0) return [];
  check(cmdline.at(-1) === 0, 'the default arguments do not end in NUL');
  return cmdline.toString('utf8', 0, cmdline.length - 1).split('\0');
}

function readSymbolTable(table: Buffer, string: (offset: number) => Buffer): PackedSymbol[] {
  const symbols: PackedSymbol[] = [];
  for (let at = 0; at < table.length; at += symbolSize) {
    const address = table.readBigUInt64LE(at);
    const before = symbols.at(-1);
    check(!before || before.address <= address, 'the symbols are not in order of their addresses');
    symbols.push({
      address,
      name: string(table.readUInt32LE(at + 8)).toString(),
      size: BigInt(table.readUInt32LE(at + 12)),
    });
  }
  return symbols;
}
