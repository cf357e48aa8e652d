import { createHash } from 'node:crypto';

/** What counts of something in a tree. */
export type HashedEntry =
  | { path: string; type: 'directory' }
  | { path: string; type: 'symlink'; target: string }
  | { path: string; type: 'file'; executable: boolean; sha256: string };

/**
 * The SHA-256 of a tree: of the names, types, executable bits, link targets and contents of its entries, in
 * bytewise order of the paths' parts with folders before what they hold. Keys and the names of outputs are
 * made of it, so it stays as it is for ever.
 */
export function hashEntries(entries: Iterable<HashedEntry>): string {
  const hash = createHash('sha256');
  for (const entry of entries) {
    const content =
      entry.type === 'file'
        ? `${entry.executable ? 'x' : '-'} ${entry.sha256}`
        : entry.type === 'symlink'
          ? `l ${entry.target}`
          : 'd';
    hash.update(`${content} ${entry.path}\0`);
  }
  return hash.digest('hex');
}
