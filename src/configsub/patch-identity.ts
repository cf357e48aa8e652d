import { canonicalJson, sha256 } from '../util/hash.js';
import { rulesVersion } from './patch.js';
import type { System } from './target-system.js';

/**
 * What teaching can change about a tree, as a hash for the keys of the units that are built from
 * it: the systems, and the rules' own version.
 */
export function configSubIdentity(systems: readonly System[]): string {
  return sha256(canonicalJson({ rules: rulesVersion, systems }));
}
