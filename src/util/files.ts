import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A name beside `path` that no other process uses, for what will be renamed to `path`. */
export function temporaryBeside(path: string): string {
  return `${path}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** A name that no other process uses, in a folder for temporary things. */
export function temporaryIn(folder: string): string {
  return join(folder, `tmp-${process.pid}-${randomBytes(4).toString('hex')}`);
}

const temporaryMark = /\.tmp-\d+-[0-9a-f]{8}(?=[./]|$)/;

/** Whether a path is, or leads through, a name that `temporaryBeside` made. */
export function isTemporary(path: string): boolean {
  return temporaryMark.test(path);
}

/** A text, such as a path, with the final names in place of those that `temporaryBeside` made. */
export function withoutTemporary(text: string): string {
  return text.replace(new RegExp(temporaryMark, 'g'), '');
}

const WEEK = 7 * 86_400_000;

/** Whether a path is a temporary name, as `temporaryBeside` makes them, of a process that is gone. */
export function isAbandoned(path: string): boolean {
  const maker = /\.tmp-(\d+)-[0-9a-f]{8}(?:\.\w+)?$/.exec(path);
  const stats = maker && lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  // Process numbers are used again, and containers have their own: the number may mean another one.
  return !isRunning(Number(maker[1])) || stats.mtimeMs < Date.now() - WEEK;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes what killed processes left beside `path` while they were writing it. */
export async function removeAbandoned(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(`${basename(path)}.tmp-`))) {
    const temporary = join(dirname(path), name);
    if (isAbandoned(temporary)) await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Makes a folder and those above it where they are missing. Node's own way to make several never returns
 * where a file system refuses new ones, as /proc does, and on a read-only one it names another reason.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Writes a file so that readers see either the old content or all of the new content. */
export async function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o644) {
  makeFolder(dirname(path));
  const temporary = temporaryBeside(path);
  try {
    await writeFile(temporary, content, { mode });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The names in a folder, sorted; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
