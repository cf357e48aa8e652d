import { type FileHandle, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import { UserError } from '../util/diagnostic.js';
import {
  isConfigGuess,
  isConfigSub,
  isShellScript,
  mayBeConfigScript,
  type Structure,
  structureOf,
  timestampOf,
} from './script.js';

/** A copy of config.sub or config.guess in a source tree. */
export interface Copy {
  /** Relative to the tree. */
  path: string;
  /** Absolute. */
  file: string;
  /** `unrecognised`: it has the name of one, but cannot be understood or must not be touched. */
  kind: 'config.sub' | 'config.guess' | 'unrecognised';
  /** `YYYY-MM-DD`. */
  timestamp?: string;
  /** Of a config.sub that is not a wrapper; absent where its structure is not known. */
  structure?: Structure;
  /** The script beside it, relative to the tree, that a wrapper calls. */
  wraps?: string;
  /** Symbolic links to it, relative to the tree. */
  links: string[];
  /** Why it is `unrecognised`. */
  reason?: string;
}

/** The names that configure scripts look for; other files with such a name are worth mentioning. */
const usualName = /^(config|configfsf|configure|conf)\.(sub|guess)$/;

/** Version control and quilt's backups of what Debian's patches changed: not what is built. */
const skippedFolders = new Set(['.git', '.hg', '.svn', '.bzr', '.pc']);

/** Long enough for the header comment of any known copy. */
const openingBytes = 3072;

/**
 * Finds every copy in a tree, at any depth and by any name, in the order of their paths. The tree
 * may also be a single file. Throws UserError where the tree cannot be read.
 */
export async function findCopies(tree: string, signal?: AbortSignal): Promise<Copy[]> {
  const root = await realpath(tree).catch(() => {
    throw new UserError({
      id: 'config-sub.missing-tree',
      message: `there is no source tree '${tree}'`,
      help: 'give the folder of an unpacked source, or a config.sub',
    });
  });
  const files: string[] = [];
  const links: string[] = [];
  const single = (await stat(root)).isFile();
  if (single) files.push(root);
  else await walk(root, files, links, signal);

  const limit = pLimit(16);
  const base = single ? dirname(root) : root;
  const found = await Promise.all(files.map((file) => limit(() => inspect(base, file, single))));
  const copies = found.filter((copy) => copy !== undefined);
  for (const link of links) await addLink(base, link, copies);
  return settleWrappers(copies).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(folder: string, files: string[], links: string[], signal?: AbortSignal) {
  signal?.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new UserError({
      id: 'config-sub.unreadable-folder',
      message: `cannot read the folder '${folder}'`,
      details: [error.message],
    });
  });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name)) await walk(path, files, links, signal);
    } else if (entry.isFile()) files.push(path);
    else if (entry.isSymbolicLink()) links.push(path);
  }
}

/** Finds out what a regular file is; undefined for files that have nothing to do with config.sub. */
async function inspect(base: string, file: string, asked: boolean): Promise<Copy | undefined> {
  const named = asked || usualName.test(basename(file));
  const copy = { path: relative(base, file), file, links: [] };
  let text: string;
  try {
    if (!named && !mayBeConfigScript(await readOpening(file))) return undefined;
    text = await readFile(file, 'latin1');
  } catch (error) {
    if (!named) return undefined;
    return { ...copy, kind: 'unrecognised', reason: `cannot be read: ${(error as Error).message}` };
  }
  const timestamp = timestampOf(text);
  if (isConfigSub(text)) {
    return { ...copy, kind: 'config.sub', timestamp, structure: structureOf(text) };
  }
  if (isConfigGuess(text)) return { ...copy, kind: 'config.guess', timestamp };
  const wraps = isShellScript(text) ? await neighbourOf(file, text) : undefined;
  if (wraps) {
    return {
      ...copy,
      kind: wraps.endsWith('.guess') ? 'config.guess' : 'config.sub',
      wraps: relative(base, wraps),
      timestamp,
    };
  }
  return named
    ? { ...copy, kind: 'unrecognised', reason: 'is not a config.sub script' }
    : undefined;
}

async function readOpening(file: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(openingBytes), 0, openingBytes, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle?.close();
  }
}

/** The first `*.sub` or `*.guess` that a script names and that exists beside it. */
async function neighbourOf(file: string, text: string): Promise<string | undefined> {
  const kind = file.endsWith('.guess') ? 'guess' : 'sub';
  for (const [name] of text.matchAll(new RegExp(String.raw`[\w-]+\.${kind}\b`, 'g'))) {
    const neighbour = join(dirname(file), name);
    if (neighbour !== file && (await stat(neighbour).catch(() => undefined))?.isFile()) {
      return neighbour;
    }
  }
  return undefined;
}

/** A script is a wrapper only when the one that it calls is a copy. */
function settleWrappers(copies: Copy[]): Copy[] {
  const known = new Set(
    copies.filter((copy) => copy.kind !== 'unrecognised').map((copy) => copy.path),
  );
  return copies.map((copy) =>
    copy.wraps === undefined || known.has(copy.wraps)
      ? copy
      : {
          ...copy,
          kind: 'unrecognised',
          wraps: undefined,
          reason: `calls ${copy.wraps}, which is not a config.sub script`,
        },
  );
}

/** Follows a symbolic link inside the tree; what is outside belongs to somebody else. */
async function addLink(base: string, link: string, copies: Copy[]) {
  const target = await realpath(link).catch(() => undefined);
  const copy = copies.find((each) => each.file === target);
  if (copy) {
    copy.links.push(relative(base, link));
    copy.links.sort();
    return;
  }
  if (!usualName.test(basename(link))) return;
  const where =
    target === undefined
      ? 'nothing'
      : target.startsWith(base + sep)
        ? `${relative(base, target)}, which is not a config.sub script`
        : 'a file outside the tree';
  copies.push({
    path: relative(base, link),
    file: link,
    kind: 'unrecognised',
    links: [],
    reason: `is a symbolic link to ${where}`,
  });
}
