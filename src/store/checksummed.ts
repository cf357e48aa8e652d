/** JSON files that contain the SHA-256 of their own text, so that any damage to them is noticed. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256 } from '../util/hash.js';

const start = '{"checksum":"';
const middle = '","value":';
const end = '}\n';

/** The text of a checksummed file: a JSON object of `checksum` and `value`. */
export function withChecksum(value: unknown): string {
  const body = JSON.stringify(value);
  return `${start}${sha256(body)}${middle}${body}${end}`;
}

/** The value in a checksummed text; undefined when a single byte of it has changed. */
export function checkedValue(text: string): unknown {
  const bodyAt = start.length + 64 + middle.length;
  const body = text.slice(bodyAt, -end.length);
  if (text !== `${start}${sha256(body)}${middle}${body}${end}`) return undefined;
  return JSON.parse(body) as unknown;
}

export type Checksummed<T> =
  | { state: 'sound'; value: T }
  /** JSON without a checksum, as earlier versions wrote it. */
  | { state: 'unchecked'; value: unknown }
  | { state: 'damaged' }
  | { state: 'absent' };

/** Reads a checksummed file that contains a `T`. Throws only for errors of the file system. */
export function readChecksummed<T>(file: string): Checksummed<T> {
  let text: string;
  // An exception costs several times as much as this check, and most units were never built.
  if (!existsSync(file)) return { state: 'absent' };
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { state: 'absent' };
    if (code === 'EISDIR' || code === 'EIO') return { state: 'damaged' };
    throw error;
  }
  const value = checkedValue(text);
  if (value !== undefined) return { state: 'sound', value: value as T };
  if (text.startsWith(start)) return { state: 'damaged' };
  try {
    return { state: 'unchecked', value: JSON.parse(text) };
  } catch {
    return { state: 'damaged' };
  }
}

/**
 * Writes a file so that after a crash, even of the machine, it is there with all of its content or
 * not at all. `staging` is a name on the same file system that nobody else uses.
 */
export async function writeDurably(file: string, text: string, staging: string): Promise<void> {
  mkdirSync(dirname(staging), { recursive: true });
  mkdirSync(dirname(file), { recursive: true });
  try {
    const handle = await open(staging, 'w', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    renameOver(staging, file);
  } catch (error) {
    await rm(staging, { force: true });
    // Errors of an open file do not have its name, and the staging name would help nobody.
    throw Object.assign(error as Error, { path: file });
  }
  syncFolder(dirname(file));
}

/** Replaces whatever is there by a file, even a folder that damage has left there. */
export function renameOver(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    rmSync(to, { recursive: true });
    renameSync(from, to);
  }
}

/** Makes the names in a folder survive a power cut. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
