import { linkSync, mkdirSync, statfsSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tar from 'tar';
import type { UnitName } from '../events/event.js';
import { withDiskDiagnostics } from '../project/disk-diagnostics.js';
import { UserError } from '../util/diagnostic.js';
import { isOutOfSpace } from '../util/disk-errors.js';
import { temporaryIn } from '../util/files.js';
import { ArchiveReader } from './archive-reader.js';
import { readCompressed } from './compression.js';
import { normalizeFile } from './inspect-tree.js';
import { fileId, type Manifest } from './manifest.js';
import type { Store } from './store.js';

export interface Imported {
  outputs: number;
  /** How many of these the store had already. */
  known: number;
  units: UnitName[];
}

/**
 * Imports the outputs and records of an exported archive into the store. Everything is read and checked
 * before any of it becomes visible; from an archive with a single wrong byte, nothing is imported.
 * Records that the store has stay as they are. Throws a UserError that names the archive.
 *
 * The hashes show that the archive is intact, not that its maker is honest: what it contains will be
 * linked into images, and tools in it will be run.
 */
export async function importStore(store: Store, file: string): Promise<Imported> {
  const { layout } = store;
  const staging = temporaryIn(layout.staging);
  return withDiskDiagnostics(
    async () => {
      mkdirSync(join(staging, 'files'), { recursive: true });
      try {
        const reader = await readArchive(store, file, join(staging, 'files'));
        return await take(store, reader, staging);
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    },
    { folder: store.directory, state: store.directory },
  );
}

async function readArchive(store: Store, file: string, folder: string): Promise<ArchiveReader> {
  const { bavail, bsize } = statfsSync(store.directory);
  const reader = new ArchiveReader(folder, bavail * bsize);
  const refuse = (reason: string) =>
    new UserError({
      id: 'store.damaged-archive',
      message: `nothing was imported from ${file}: ${reason}`,
      help: 'export it again; do not use this archive',
    });
  let failure: Error | undefined;
  // Exceptions must not pass through the parser, which would go on in an undefined state.
  const keep = (work: () => void) => {
    try {
      if (!failure) work();
    } catch (error) {
      failure = error as Error;
    }
  };
  const parser = new tar.Parser({
    strict: true,
    onReadEntry: (entry) => {
      keep(() => reader.begin(entry.path, entry.type, entry.size));
      entry.on('data', (data: Buffer) => keep(() => reader.data(data)));
      entry.on('end', () => keep(() => reader.end()));
    },
  });
  parser.on('ignoredEntry', (entry) => keep(() => reader.begin(entry.path, entry.type, 0)));
  parser.on('error', (error) => {
    failure ??= error;
  });
  try {
    await readCompressed(file, async (content) => {
      for await (const chunk of content) {
        parser.write(chunk as Buffer);
        if (failure) throw failure;
      }
      parser.end();
      if (failure) throw failure;
      reader.finish();
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new UserError({ id: 'store.missing-archive', message: `there is no file ${file}` });
    }
    if (error instanceof UserError || isOutOfSpace(error)) throw error;
    throw refuse(message);
  } finally {
    reader.close();
  }
  return reader;
}

/** Everything has been checked. A crash leaves complete outputs behind, possibly without records. */
async function take(store: Store, reader: ArchiveReader, staging: string): Promise<Imported> {
  const { records } = store;
  const imported: Imported = { outputs: reader.manifests.size, known: 0, units: [] };
  for (const [output, manifest] of reader.manifests) {
    if (store.has(output) && (await store.check(output, 'contents')).length === 0) {
      imported.known++;
      continue;
    }
    const tree = join(staging, 'tree');
    layTree(tree, manifest, join(staging, 'files'));
    const name = await store.add(tree);
    if (name !== output) throw new Error(`the output ${output} came out as ${name}`);
  }
  for (const record of reader.records.values()) {
    if (!(await store.lookup(record.key))) await records.writeByKey(record);
    const newest = await store.latest(record.unit);
    if (!newest || !store.has(newest.output)) await records.writeNewest(record);
    imported.units.push(record.unit);
  }
  imported.units = [...new Set(imported.units)].sort();
  return imported;
}

function layTree(root: string, manifest: Manifest, files: string): void {
  mkdirSync(root);
  for (const entry of manifest) {
    const path = join(root, entry.path);
    if (entry.type === 'directory') mkdirSync(path);
    else if (entry.type === 'symlink') symlinkSync(entry.target, path);
    else {
      linkSync(join(files, fileId(entry)), path);
      normalizeFile(path, entry);
    }
  }
}
