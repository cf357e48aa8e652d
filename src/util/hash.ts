import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a string or buffer, in lower-case hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of a file's content, in lower-case hexadecimal. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Files up to this size are read as a whole, which is faster; in bytes. */
const WHOLE = 1 << 20;

/**
 * SHA-256 of a file's content, without the round trips of `sha256File`: for many small files.
 * `size` is the file's size in bytes as far as it is known.
 */
export function sha256FileSync(path: string, size: number): string {
  if (size <= WHOLE) return sha256(readFileSync(path));
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(WHOLE);
  const file = openSync(path, 'r');
  try {
    for (let length = 1; length > 0; ) {
      length = readSync(file, buffer);
      hash.update(buffer.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/**
 * JSON with object keys in sorted order, so that equal values give equal text. Undefined members
 * are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(
          Object.entries(member as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : member,
  );
}
