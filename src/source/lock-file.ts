/**
 * `stubforge.lock`: which version of each distro source is used, with the hash of every file and the
 * signed index that vouched for it. Paths are those of the archive's pool; the machine that
 * fetches them decides from which server.
 *
 * Sources that name their own content (a URL with its SHA-256, a git commit) and local folders need
 * no entry: a second copy of the same hash could only disagree with the first.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Project } from '../project/project.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { writeFileAtomic } from '../util/files.js';
import { fromTable, keptTable } from '../util/kept-table.js';
import type { Memo, MemoTable } from '../util/memo.js';
import { parseWith } from '../yaml/check-schema.js';
import { parseYaml } from '../yaml/yaml-file.js';
import { type SourceSpec, sourceId } from './source-spec.js';

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 of 64 lower-case hexadecimal digits');

// Names and paths become parts of paths on this machine, so nothing in them may lead elsewhere.
const fileName = z.string().regex(/^[A-Za-z0-9+_][A-Za-z0-9+_.~:%@,=-]*$/, 'not a plain file name');
const poolPath = z
  .string()
  .regex(/^[^/\s\\\0]+(\/[^/\s\\\0]+)*$/, 'not a relative path')
  .refine((path) => !path.split('/').some((part) => part === '..' || part === '.'), {
    message: "a path in the archive cannot contain '.' or '..'",
  });

const lockedFile = z.strictObject({
  name: fileName,
  size: z.int('expected a whole number of bytes').min(0, 'a size cannot be negative'),
  sha256,
  path: poolPath,
});

const lockedIndex = z.strictObject({
  origin: z.string().optional(),
  suite: z.string(),
  codename: z.string().optional(),
  component: z.string().optional(),
  date: z.string().optional(),
  release: sha256,
  'signed-by': z.string().optional(),
});

const lockedSource = z.strictObject({
  version: z.string(),
  unpatched: z.literal(true).optional(),
  files: z.array(lockedFile).min(1, 'expected at least one file'),
  index: lockedIndex,
  'passed-over': z.array(z.string()).optional(),
});

const FORMAT = 1;

export const lockFileSchema = z.strictObject({
  format: z.literal(FORMAT),
  sources: z.record(z.string(), lockedSource),
});

/** One file of a source: bytes, SHA-256, and where it lies below an archive's base URI. */
export type LockedFile = z.output<typeof lockedFile>;

/**
 * The signed index that listed the files: the Release file's Origin, Suite, Codename and Date, the
 * SHA-256 of the (In)Release file, and the fingerprint of the key that apt accepted.
 */
export type LockedIndex = z.output<typeof lockedIndex>;

/**
 * One source. `unpatched`: only the upstream archive, without the distro's patches, because the file
 * that contains them was gone. `passed-over`: newer candidates that were not available, and why.
 */
export type LockedSource = z.output<typeof lockedSource>;

export interface Lock {
  /** By `sourceId`: the project's entries, and stubforge's own where the project has none. */
  readonly entries: ReadonlyMap<string, LockedSource>;
  /** The entries of the project's own lock file only. */
  readonly own: ReadonlyMap<string, LockedSource>;
}

/**
 * Reads the project's lock file and stubforge's own; a file that does not exist has no entries. With
 * `memo`, one that has not changed since an earlier run is not parsed again. Throws UserError, with file,
 * line and column, for one that is damaged.
 */
export async function readLock(project: Project, memo?: Memo): Promise<Lock> {
  const kept = memo && keptTable<Entries>(memo, 'lock-files', import.meta.url);
  const builtin = readEntries(project.builtinLockFile, true, kept);
  const own =
    project.lockFile === project.builtinLockFile
      ? builtin
      : readEntries(project.lockFile, false, kept);
  await kept?.save();
  return { entries: new Map([...builtin, ...own]), own };
}

type Entries = Record<string, LockedSource>;

function readEntries(file: string, builtin: boolean, kept: MemoTable<Entries> | undefined) {
  return new Map(Object.entries(fromTable(kept, file, () => parseEntries(file, builtin))));
}

function parseEntries(file: string, builtin: boolean): Entries {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return {};
    throw new UserError({
      id: 'lock-file.unreadable',
      message: `cannot read the lock file${code === 'EISDIR' ? ': it is a folder' : ` (${code})`}`,
      span: { file },
      help: 'make it a file that you may read, or move it away and run: stubforge source lock',
    });
  }
  try {
    return parseWith(lockFileSchema, { area: 'lock-file' }, parseYaml(file, text)).sources;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.diagnostics.map((diagnostic) => damaged(diagnostic, builtin)));
  }
}

/** A lock file is not written by hand, so that no field of it is for the user to add. */
function damaged(diagnostic: Diagnostic, builtin: boolean): Diagnostic {
  const { id, span, message } = diagnostic;
  if (id === 'lock-file.invalid-value' && span?.field === 'format') {
    return {
      ...diagnostic,
      message: `another version of stubforge wrote the lock file; this one reads format ${FORMAT}`,
      help: `use that version, or ${makeAnew}`,
    };
  }
  return {
    ...diagnostic,
    message: `the lock file is damaged: ${message}`,
    help: builtin
      ? 'it came with stubforge: restore it from version control, or install stubforge again'
      : `restore it from version control; where that has none, ${makeAnew}`,
  };
}

const makeAnew =
  'delete it and run stubforge source lock, which takes the versions that the distro has now';

/** Writes the entries to the project's lock file, in order of their ids, unless it has them already. */
export async function writeLock(
  project: Project,
  entries: ReadonlyMap<string, LockedSource>,
): Promise<void> {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const body = { format: FORMAT, sources: Object.fromEntries(sorted) };
  const text = `# Written by: stubforge source lock\n${stringify(body, { lineWidth: 0 })}`;
  const old = await readFile(project.lockFile, 'utf8').catch(() => undefined);
  if (old !== text) await writeFileAtomic(project.lockFile, text);
}

/** The entry of a distro source; undefined when it is not locked, or is of a type without entries. */
export function lockedSourceOf(spec: SourceSpec, lock: Lock): LockedSource | undefined {
  return lock.entries.get(sourceId(spec));
}

/** Like `lockedSourceOf`, but throws UserError that says how to lock it. */
export function requireLocked(spec: SourceSpec, lock: Lock): LockedSource {
  const entry = lockedSourceOf(spec, lock);
  if (entry) return entry;
  throw new UserError({
    id: 'source.not-locked',
    message: `the source ${sourceId(spec)} is not locked`,
    help: 'run: stubforge source lock',
  });
}
