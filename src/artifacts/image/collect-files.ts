import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../util/diagnostic.js';
import { type PackedFile, S_IFDIR, S_IFLNK, S_IFREG } from './files-segment.js';

export interface FileToPack {
  /** A file or folder on this machine; a folder is packed with all that is in it. */
  sourcePath: string;
  /** Where it stands in the image, absolute. */
  guestPath: string;
  /** Permissions such as 0o644; by the file's own execute permission when absent. */
  mode?: number;
}

/**
 * Reads the files to pack. Permissions are 0755 or 0644 and owners are left out, so that the umask
 * of the build machine does not reach the image. Throws UserError for what cannot be packed.
 */
export async function collectFiles(files: readonly FileToPack[]): Promise<PackedFile[]> {
  const packed: PackedFile[] = [];
  for (const file of files) {
    try {
      // What is named is followed where it is a link; links inside folders are packed as links.
      const status = await stat(file.sourcePath);
      if (status.isDirectory()) {
        await collectDirectory(file.sourcePath, file.guestPath.replace(/\/+$/, ''), packed);
      } else {
        await collectFile(file.sourcePath, file.guestPath, packed, file.mode);
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError({
        id: 'image.unreadable-file',
        message: `${file.sourcePath} cannot be packed as ${file.guestPath}: ${reason(error)}`,
      });
    }
  }
  return packed;
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file' : message;
}

async function collectFile(
  sourcePath: string,
  path: string,
  packed: PackedFile[],
  mode?: number,
): Promise<void> {
  const status = await stat(sourcePath);
  if (!status.isFile()) {
    throw new UserError({
      id: 'image.special-file',
      message: `${sourcePath} cannot be packed as ${path}: it is neither a file nor a folder nor a link`,
    });
  }
  const permissions = mode ?? (status.mode & 0o111 ? 0o755 : 0o644);
  packed.push({ path, mode: S_IFREG | permissions, content: await readFile(sourcePath) });
}

async function collectDirectory(
  sourcePath: string,
  path: string,
  packed: PackedFile[],
): Promise<void> {
  // The root directory is there without an entry.
  if (path !== '') packed.push({ path, mode: S_IFDIR | 0o755, content: Buffer.alloc(0) });
  for (const name of (await readdir(sourcePath)).sort()) {
    const from = join(sourcePath, name);
    const to = `${path}/${name}`;
    const status = await lstat(from);
    if (status.isDirectory()) {
      await collectDirectory(from, to, packed);
    } else if (status.isSymbolicLink()) {
      const target = Buffer.from(await readlink(from));
      packed.push({ path: to, mode: S_IFLNK | 0o777, content: target });
    } else {
      await collectFile(from, to, packed);
    }
  }
}
