import { lstatSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import * as tar from 'tar';
import type { UnitName } from '../events/event.js';
import { UserError } from '../util/diagnostic.js';
import { diagnoseDiskError } from '../util/disk-errors.js';
import { temporaryIn } from '../util/files.js';
import { manifestFault, memberPath } from './archive-format.js';
import { compressionOf, writeCompressed } from './compression.js';
import { isSoundFile, STORE_TIME } from './inspect-tree.js';
import { type FileEntry, fileId, filesOf } from './manifest.js';
import { replaceByLink } from './shared-files.js';
import type { Store } from './store.js';

export interface Exported {
  units: UnitName[];
  outputs: number;
  files: number;
  /** Of the files, before any compression. */
  bytes: number;
}

/**
 * Writes the newest outputs of units (of all, when none is named) and their records to an archive.
 * The same outputs give the same bytes. Throws UserError for units that were not built, and
 * DamagedOutput.
 */
export async function exportStore(
  store: Store,
  file: string,
  units: readonly UnitName[],
): Promise<Exported> {
  compressionOf(file);
  const { layout } = store;
  const records = newestRecords(store, units);
  const outputs = [...new Set(records.map((record) => record.output))].sort();
  await store.requireSound(outputs);

  const files = new Map<string, FileEntry>();
  for (const output of outputs) {
    const manifest = store.manifest(output)!;
    const fault = manifestFault(manifest);
    if (fault) {
      throw new UserError({
        message: `the output of ${store.records.unitsOf(output)} cannot be exported: ${fault}`,
        help: 'change the recipe so that it does not install that, or name the units to export and leave this one out',
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
    const diagnostic = await diagnoseDiskError(
      Object.assign(error, { path: file, dest: undefined }),
    );
    if (diagnostic instanceof UserError) {
      const help = 'free some space there, or write it somewhere else';
      throw new UserError(diagnostic.diagnostics.map((each) => ({ ...each, help })));
    }
    if (!(error as NodeJS.ErrnoException).syscall) throw error;
    throw new UserError({ message: `${file} cannot be written: ${(error as Error).message}` });
  });
  const bytes = [...files.values()].reduce((sum, entry) => sum + entry.size, 0);
  return {
    units: records.map((record) => record.unit),
    outputs: outputs.length,
    files: files.size,
    bytes,
  };
}

function newestRecords({ records, layout }: Store, units: readonly UnitName[]) {
  const newest = records.all(layout.units).map(({ record }) => record);
  const chosen = units.length > 0 ? newest.filter(({ unit }) => units.includes(unit)) : newest;
  const missing = units.filter((unit) => !chosen.some((record) => record.unit === unit));
  if (missing.length > 0) {
    throw new UserError({
      message: `the store has no output of ${missing.join(', ')}`,
      help: 'see what it has with: stubforge store stat; build the others first',
    });
  }
  if (chosen.length === 0) {
    throw new UserError({
      message: `there is nothing to export in ${layout.directory}`,
      help: 'build something first, or name another state folder with --state',
    });
  }
  return chosen;
}

/** Restores the shared name of an output's file, should it have been lost. */
function requireShared({ layout }: Store, path: string, entry: FileEntry): void {
  const shared = layout.file(fileId(entry));
  const present = lstatSync(shared, { throwIfNoEntry: false });
  if (present?.ino === lstatSync(path).ino) return;
  if (present && isSoundFile(shared, entry)) return;
  mkdirSync(dirname(shared), { recursive: true });
  replaceByLink(path, shared, temporaryIn(layout.staging));
}
