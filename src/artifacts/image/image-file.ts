import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** No image is larger; a compressed file that claims more is not unpacked further. */
const largestImage = 1 << 30;

/** The file cannot be taken as an image; `rule` is the name under which verify reports it. */
export class ImageFileError extends Error {
  readonly rule: 'readable' | 'gzip';

  constructor(rule: 'readable' | 'gzip', message: string) {
    super(message);
    this.name = 'ImageFileError';
    this.rule = rule;
  }
}

export interface ImageFile {
  /** The ELF file's bytes, unpacked; not looked at yet. */
  bytes: Buffer;
  compressed: boolean;
}

/** Reads an image, gzip-compressed or not. Throws ImageFileError. */
export async function readImageFile(path: string): Promise<ImageFile> {
  let bytes: Buffer;
  try {
    // Opening a pipe or device could wait for ever, so the kind is asked first.
    const status = await stat(path);
    if (status.isDirectory()) throw new ImageFileError('readable', 'this is a directory');
    if (!status.isFile()) throw new ImageFileError('readable', 'this is not a regular file');
    if (status.size > largestImage) {
      throw new ImageFileError('readable', `the file has ${status.size} bytes, more than 1 GiB`);
    }
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof ImageFileError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'permission to read it is denied'
          : (error as Error).message;
    throw new ImageFileError('readable', reason);
  }
  return unpackImage(bytes);
}

/** Unpacks bytes that begin like a gzip file; others are given back as they are. */
export async function unpackImage(bytes: Buffer): Promise<ImageFile> {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== 0x1f8b) return { bytes, compressed: false };
  try {
    const unpacked = await promisify(gunzip)(bytes, { maxOutputLength: largestImage });
    return { bytes: unpacked, compressed: true };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ERR_BUFFER_TOO_LARGE'
        ? 'it unpacks to more than 1 GiB'
        : code === 'Z_BUF_ERROR'
          ? 'it ends early'
          : message;
    throw new ImageFileError('gzip', `the gzip file cannot be unpacked: ${reason}`);
  }
}
