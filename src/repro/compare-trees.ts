/** How two outputs differ, file by file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeTree, type ManifestEntry } from '../store/manifest.js';
import { describeContents } from './compare-contents.js';

export interface Difference {
  path: string;
  /** What differs, one line each. */
  lines: string[];
}

/**
 * The differences between two folders by path; none where they are equal as outputs are. `entries`
 * counts what is in the first.
 */
export async function compareTrees(
  first: string,
  second: string,
): Promise<{ entries: number; differences: Difference[] }> {
  const byPath = async (root: string) =>
    new Map((await describeTree(root)).map((entry) => [entry.path, entry]));
  const [a, b] = [await byPath(first), await byPath(second)];
  const differences: Difference[] = [];
  for (const path of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    const lines = compareEntries(a.get(path), b.get(path), () => [
      readFileSync(join(first, path)),
      readFileSync(join(second, path)),
    ]);
    if (lines.length > 0) differences.push({ path, lines });
  }
  return { entries: a.size, differences };
}

function compareEntries(
  a: ManifestEntry | undefined,
  b: ManifestEntry | undefined,
  read: () => [Buffer, Buffer],
): string[] {
  if (!a || !b)
    return [a ? 'only the first build installed it' : 'only the second build installed it'];
  if (a.type === 'file' && b.type === 'file') {
    return [
      ...(a.executable === b.executable
        ? []
        : [`executable in the ${a.executable ? 'first' : 'second'} only`]),
      ...(a.sha256 === b.sha256 ? [] : describeContents(...read())),
    ];
  }
  if (a.type === 'symlink' && b.type === 'symlink') {
    return a.target === b.target ? [] : [`a link to ${a.target}, then to ${b.target}`];
  }
  return a.type === b.type ? [] : [`a ${a.type}, then a ${b.type}`];
}
