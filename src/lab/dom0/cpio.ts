/** Archives that Linux unpacks as its first file system: cpio's format `newc`. */

export interface ArchiveEntry {
  /** Relative, without `.` and `..`. */
  path: string;
  /** A file's content, or where a symbolic link leads. */
  content: Uint8Array;
  kind: 'file' | 'link';
  executable?: boolean;
}

const modes = { file: 0o100644, executable: 0o100755, folder: 0o040755, link: 0o120777 };

/**
 * The archive of these entries, with the folders that they are in. Everything belongs to root and is of
 * 1970, so that equal entries give equal bytes. Linux takes several archives one after the other, of
 * which later ones add to the earlier.
 */
export function cpioArchive(entries: readonly ArchiveEntry[]): Buffer {
  const parts: Buffer[] = [];
  let number = 0;
  const add = (path: string, mode: number, content: Uint8Array) => {
    parts.push(header(path, mode, content.length, ++number), Buffer.from(content));
    parts.push(Buffer.alloc(-content.length & 3));
  };
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const folder of foldersOf(sorted)) add(folder, modes.folder, Buffer.alloc(0));
  for (const { path, content, kind, executable } of sorted) {
    add(path, kind === 'file' && executable ? modes.executable : modes[kind], content);
  }
  parts.push(header('TRAILER!!!', 0, 0, 0));
  return Buffer.concat(parts);
}

/** All folders above the entries, outer ones first. */
function foldersOf(entries: readonly ArchiveEntry[]): string[] {
  const folders = new Set<string>();
  for (const { path } of entries) {
    const words = path.split('/');
    for (let depth = 1; depth < words.length; depth++) folders.add(words.slice(0, depth).join('/'));
  }
  return [...folders].sort();
}

function header(path: string, mode: number, size: number, number: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  // Inode, mode, owner, group, links, time, size, four device numbers, the name's length, a checksum.
  const fields = [number, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const length = text.length + name.length;
  return Buffer.concat([Buffer.from(text), name, Buffer.alloc(-length & 3)]);
}
