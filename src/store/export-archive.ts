import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import * as tar from 'tar';
import type { UnitName } from '../events/event.js';
import { diagnoseDiskError } from '../project/disk-diagnostics.js';
import { UserError } from '../util/diagnostic.js';
import { temporaryIn, withoutTemporary } from '../util/files.js';
import { requireReplaceable } from '../util/replaceable.js';
import { manifestFault, memberPath, parseMember } from './archive-format.js';
import { compressionOf, readCompressed, writeCompressed } from './compression.js';
import { isSoundFile, STORE_TIME } from './inspect-tree.js';
import { type FileEntry, fileId, filesOf } from './manifest.js';
import { replaceByLink } from './shared-files.js';
import type { Store } from './store.js';

export interface Exported {
  units: UnitName[];
  /** Units that are left out because their newest output is gone from the store. */
  leftOut: UnitName[];
  outputs: number;
  files: number;
  /** Of the files, before any compression. */
  bytes: number;
}

/**
 * Writes the newest outputs of units (of all, when none is named) and their records to an archive.
 * The same outputs give the same bytes. Where none is named, units whose output is gone are left out.
 * An earlier export is replaced. Throws UserError for named units without an output and for any other
 * file that is there, and DamagedOutput.
 */
export async function exportStore(
  store: Store,
  file: string,
  units: readonly UnitName[],
): Promise<Exported> {
  compressionOf(file);
  await requireReplaceable(file, 'an archive that stubforge has exported', isExported);
  const { layout } = store;
  const { records, leftOut } = newestRecords(store, units);
  const outputs = [...new Set(records.map((record) => record.output))].sort();
  await store.requireSound(outputs);

  const files = new Map<string, FileEntry>();
  for (const output of outputs) {
    const manifest = store.manifest(output)!;
    const fault = manifestFault(manifest);
    if (fault) {
      throw new UserError({
        id: 'store.cannot-export',
        message: `cannot export the output of ${store.records.unitsOf(output).join(', ')}: ${fault}`,
        help: 'change the recipe so that it does not install this, or name the units to export without this one',
      });
    }
    for (const entry of filesOf(manifest)) {
      files.set(fileId(entry), entry);
      requireShared(store, join(layout.output(output), entry.path), entry);
    }
  }
  const members = [
    ...outputs.map((id) => memberPath({ kind: 'manifests', id })),
    ...records.map(({ key }) => memberPath({ kind: 'keys', id: key })).sort(),
    ...[...files.keys()].sort().map((id) => memberPath({ kind: 'files', id })),
  ];
  // In the store, shared files lie in folders by the first two digits of their names.
  const inStore = (path: string) =>
    path.startsWith('files/')
      ? layout.file(path.slice('files/'.length))
      : join(store.directory, path);
  const names = new Map(members.map((member) => [inStore(member), member]));
  const pack = tar.create(
    {
      cwd: store.directory,
      portable: true,
      noDirRecurse: true,
      strict: true,
      preservePaths: true,
      mtime: new Date(STORE_TIME * 1000),
      onWriteEntry: (entry) => {
        entry.path = names.get(entry.absolute) ?? entry.path;
      },
    },
    [...names.keys()],
  );
  await writeCompressed(file, Readable.from(pack)).catch(async (error) => {
    const diagnostic = await diagnoseDiskError(error, { folder: file });
    if (diagnostic instanceof UserError) throw diagnostic;
    if (!(error as NodeJS.ErrnoException).syscall) throw error;
    throw new UserError({
      id: 'store.unwritable-archive',
      message: `cannot write ${file}: ${withoutTemporary((error as Error).message)}`,
      help: 'name a file in a folder that can be written to',
    });
  });
  const bytes = [...files.values()].reduce((sum, entry) => sum + entry.size, 0);
  return {
    units: records.map((record) => record.unit),
    leftOut,
    outputs: outputs.length,
    files: files.size,
    bytes,
  };
}

/** Whether a file is an archive as this writes them, by its first member. */
async function isExported(file: string): Promise<boolean> {
  let first: string | undefined;
  const look = async (content: Readable) => {
    for await (const chunk of content) {
      first = (chunk as Buffer).toString('latin1', 0, 100).replace(/\0.*/s, '');
      return;
    }
  };
  // What cannot be unpacked was not written here, and where reading stops early the rest cannot be fed.
  await readCompressed(file, look).catch(() => {});
  return first !== undefined && parseMember(first)?.kind === 'manifests';
}

function newestRecords(store: Store, units: readonly UnitName[]) {
  const { records, layout } = store;
  const newest = records.all(layout.units).map(({ record }) => record);
  const chosen = units.length > 0 ? newest.filter(({ unit }) => units.includes(unit)) : newest;
  // Repair has nothing to restore these from, and leaves their records: only a build brings them back.
  const present = chosen.filter(({ output }) => !isGone(store, output));
  const missing = units.filter((unit) => !present.some((record) => record.unit === unit));
  if (missing.length > 0) {
    throw new UserError({
      id: 'store.missing-output',
      message: `the store has no output of ${missing.join(', ')}`,
      help: 'build it first; list what the store has with: stubforge store stat',
    });
  }
  if (present.length === 0) {
    throw new UserError({
      id: 'store.empty',
      message: `there is nothing to export in ${layout.directory}`,
      help: 'build something first, or name another state folder with --state',
    });
  }
  const leftOut = chosen.filter((each) => !present.includes(each)).map(({ unit }) => unit);
  return { records: present, leftOut };
}

/** Whether nothing is left of an output; one that has lost only its tree or its manifest is damaged. */
function isGone({ layout }: Store, output: string): boolean {
  return !existsSync(layout.output(output)) && !existsSync(layout.manifest(output));
}

/** Restores the shared name of an output's file if it was lost. */
function requireShared({ layout }: Store, path: string, entry: FileEntry): void {
  const shared = layout.file(fileId(entry));
  const present = lstatSync(shared, { throwIfNoEntry: false });
  if (present?.ino === lstatSync(path).ino) return;
  if (present && isSoundFile(shared, entry)) return;
  mkdirSync(dirname(shared), { recursive: true });
  replaceByLink(path, shared, temporaryIn(layout.staging));
}
