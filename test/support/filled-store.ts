import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { UnitRecord } from '../../src/store/store.js';
import { Store } from '../../src/store/store.js';
import { temporaryTree } from './temporary.js';

/** An empty store that is gone when the test ends. */
export async function emptyStore(): Promise<Store> {
  return new Store(join(await temporaryTree(), 'store'));
}

/** Keys are hashes; in tests, of one letter. */
export const keyOf = (letter: string) => letter.repeat(64);

/** Brings an output of these files (path to text) into the store, as a build would. */
export async function fill(
  store: Store,
  unit: string,
  key: string,
  files: Record<string, string>,
): Promise<UnitRecord> {
  const tree = join(await temporaryTree(), 'dest');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    if (text.startsWith('-> ')) await symlink(text.slice(3), join(tree, path));
    else await writeFile(join(tree, path), text);
  }
  return store.put({ unit, key: keyOf(key), parts: { source: key }, seconds: 1 }, tree);
}

/** Writes to a file of the store by force, as a build must not. */
export async function overwrite(path: string, text: string): Promise<void> {
  await chmod(path, 0o644);
  await writeFile(path, text);
  await chmod(path, 0o444);
}
