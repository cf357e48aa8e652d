import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeRoom } from '../project/disk-diagnostics.js';
import { UserError } from '../util/diagnostic.js';
import type { UnitRecord } from './archive-format.js';
import { manifestSchema, parseMember, recordSchema } from './archive-format.js';
import { checkedValue } from './checksummed.js';
import { type FileEntry, fileId, filesOf, type Manifest, treeName } from './manifest.js';

/** Manifests and records of all units of a large project take a few megabytes. */
const MAXIMUM_TEXT = 256 * 1024 ** 2;

type Open =
  | { kind: 'manifests' | 'keys'; id: string; chunks: Buffer[] }
  | { kind: 'files'; entry: FileEntry; hash: Hash; descriptor: number };

/**
 * Reads an archive member by member. Throws an Error with the reason at the first thing that an export
 * would not have written, or a UserError when it is too large for the disk. Files go to `folder`, under
 * their names in the store.
 */
export class ArchiveReader {
  readonly manifests = new Map<string, Manifest>();
  readonly records = new Map<string, UnitRecord>();
  private readonly announced = new Map<string, FileEntry>();
  private readonly received = new Set<string>();
  private announcedBytes = 0;
  private textBytes = 0;
  private open: Open | undefined;

  constructor(
    private readonly folder: string,
    private readonly freeBytes: number,
  ) {}

  /** A member starts; `type` as the `tar` package calls it. */
  begin(path: string, type: string, size: number): void {
    const name = parseMember(path);
    if (!name || (type !== 'File' && type !== 'OldFile')) {
      throw new Error(
        `it contains ${JSON.stringify(path)} (${type}), which is not part of any export`,
      );
    }
    if (name.kind !== 'files') {
      this.textBytes += size;
      if (this.textBytes > MAXIMUM_TEXT)
        throw new Error('its manifests and records are implausibly long');
      this.open = { kind: name.kind, id: name.id, chunks: [] };
      return;
    }
    const entry = this.announced.get(name.id);
    if (!entry || entry.size !== size || this.received.has(name.id)) {
      throw new Error(`no manifest in it lists ${path} with ${size} bytes`);
    }
    if (this.announcedBytes > this.freeBytes) {
      const [needed, free] = [this.announcedBytes, this.freeBytes].map(
        (bytes) => bytes / 1024 ** 2,
      );
      throw new UserError({
        id: 'failure.disk-full',
        message: `nothing was imported: it needs ${needed!.toFixed(1)} MiB, but only ${free!.toFixed(1)} MiB are free`,
        span: { file: this.folder },
        help: makeRoom,
      });
    }
    this.received.add(name.id);
    const descriptor = openSync(join(this.folder, name.id), 'wx', 0o644);
    this.open = { kind: 'files', entry, hash: createHash('sha256'), descriptor };
  }

  /** Content of the current member. */
  data(chunk: Buffer): void {
    const open = this.open!;
    if (open.kind !== 'files') {
      open.chunks.push(chunk);
      return;
    }
    open.hash.update(chunk);
    for (let at = 0; at < chunk.length; ) at += writeSync(open.descriptor, chunk, at);
  }

  /** The member is complete. */
  end(): void {
    const open = this.open!;
    this.close();
    if (open.kind === 'files') {
      if (open.hash.digest('hex') !== open.entry.sha256) {
        throw new Error(`the content of ${fileId(open.entry)} does not match its name`);
      }
      return;
    }
    const value = checkedValue(Buffer.concat(open.chunks).toString('utf8'));
    if (open.kind === 'manifests') this.addManifest(open.id, value);
    else this.addRecord(open.id, value);
  }

  /** The archive has ended. */
  finish(): void {
    const missing = [...this.announced.keys()].filter((id) => !this.received.has(id));
    if (missing.length > 0) throw new Error(`${missing.length} of its files are missing`);
    for (const { unit, output } of this.records.values()) {
      if (!this.manifests.has(output)) throw new Error(`the output of ${unit} is missing`);
    }
    if (this.records.size === 0) throw new Error('it contains no records');
  }

  /** Closes a file that is not finished. */
  close(): void {
    if (this.open?.kind === 'files') closeSync(this.open.descriptor);
    this.open = undefined;
  }

  private addManifest(id: string, value: unknown): void {
    const parsed = manifestSchema.safeParse(value);
    if (!parsed.success) {
      throw new Error(
        `its manifest ${id.slice(0, 12)} is damaged: ${parsed.error.issues[0]!.message}`,
      );
    }
    if (treeName(parsed.data) !== id)
      throw new Error(`its manifest ${id.slice(0, 12)} does not match its name`);
    this.manifests.set(id, parsed.data);
    for (const entry of filesOf(parsed.data)) {
      const known = this.announced.get(fileId(entry));
      if (known && known.size !== entry.size)
        throw new Error(`its manifests disagree about ${entry.path}`);
      if (known) continue;
      this.announced.set(fileId(entry), entry);
      this.announcedBytes += entry.size;
    }
  }

  private addRecord(id: string, value: unknown): void {
    const parsed = recordSchema.safeParse(value);
    if (!parsed.success || parsed.data.key !== id) {
      throw new Error(`its record ${id.slice(0, 12)} is damaged`);
    }
    this.records.set(id, parsed.data);
  }
}
