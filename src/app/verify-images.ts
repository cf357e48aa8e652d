import {
  type Profile,
  type Verification,
  verifyImage,
} from '../artifacts/image/verify/verify-image.js';
import type { Session } from './session.js';

/**
 * Checks images by their files, one after another and in this order, against a profile, or without one
 * each against what it claims to be. A file that cannot be read is a verification that did not pass.
 */
export async function verifyImages(
  { signal }: Session,
  files: readonly string[],
  profile?: Profile,
): Promise<Verification[]> {
  const results: Verification[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    results.push(await verifyImage(file, profile));
  }
  return results;
}
