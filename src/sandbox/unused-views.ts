/** Copies of the machine's files that were made for sandboxes and are no longer used. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../util/files.js';
import { commandPool } from './machine-view.js';

export interface UnusedSandboxFiles {
  folders: string[];
  /** Copies of commands that no other folder links to; sizes in bytes. */
  copies: { path: string; size: number }[];
}

/**
 * The folders with commands that no view has used since a time, in ms since 1970, and the copies that
 * only they link to. Whoever removes them must keep sandboxes from being opened meanwhile.
 */
export function unusedSandboxFiles(state: string, since: number): UnusedSandboxFiles {
  const names = namesIn(state).filter((name) => /^[0-9a-f]{16}$/.test(name));
  const folders = names
    .map((name) => join(state, name))
    .filter((path) => lstatSync(path).mtimeMs < since);
  const links = new Map<number, number>();
  for (const folder of folders) {
    for (const name of namesIn(join(folder, 'bin'))) {
      const { ino } = lstatSync(join(folder, 'bin', name));
      links.set(ino, (links.get(ino) ?? 0) + 1);
    }
  }
  const copies = namesIn(join(state, commandPool)).flatMap((name) => {
    const path = join(state, commandPool, name);
    const { ino, nlink, size } = lstatSync(path);
    return nlink - 1 <= (links.get(ino) ?? 0) ? [{ path, size }] : [];
  });
  return { folders, copies };
}
