/** Disks for guests to read from and to write to. */
import { createCipheriv } from 'node:crypto';

export const dataSize = 64 * 1024 * 1024;
export const scratchSize = 16 * 1024 * 1024;

/** Bytes without repetition that everybody can compute: AES-128 in counter mode, of zeros, with a key of zeros. */
export const dataDisk = (): Buffer =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(dataSize));
