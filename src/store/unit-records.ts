import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { UnitName } from '../events/event.js';
import type { Diagnostic } from '../util/diagnostic.js';
import { namesIn, temporaryIn } from '../util/files.js';
import type { UnitRecord } from './archive-format.js';
import { type Checksummed, readChecksummed, withChecksum, writeDurably } from './checksummed.js';
import type { StoreLayout } from './store-layout.js';

/** A record and the file that holds it. */
export interface StoredRecord {
  record: UnitRecord;
  file: string;
  /** When it was made, or last found by `lookup` (to the day); in ms since 1970. */
  used: number;
}

/** A file in the folders of records; without `record` where it is damaged or has the wrong name. */
export interface ScannedRecord {
  file: string;
  used: number;
  record?: UnitRecord;
  /** It has an earlier format, which contains too little to be used. That is not damage. */
  earlier: boolean;
}

const DAY = 86_400_000;

/**
 * The records of a store: by key, and the newest of each unit once more. A damaged record is ignored,
 * unless its copy in the other folder is intact; either way `warn` is called.
 */
export class Records {
  private readonly warnedOf = new Set<string>();
  private notedEarlier = false;

  /** `note` is called once, when a record with an earlier format is asked for. */
  constructor(
    private readonly layout: StoreLayout,
    private readonly warn: (diagnostic: Diagnostic) => void,
    private readonly note: (message: string) => void,
  ) {}

  byKey(key: string): UnitRecord | undefined {
    const file = this.layout.key(key);
    const record = this.read(
      file,
      (each) => each.key === key,
      () => this.all(this.layout.units).find(({ record }) => record.key === key),
    );
    if (record) markUsed(file);
    return record;
  }

  newest(unit: UnitName): UnitRecord | undefined {
    return this.read(
      this.layout.unit(unit),
      (each) => each.unit === unit,
      () =>
        this.all(this.layout.keys)
          .filter(({ record }) => record.unit === unit)
          .sort((a, b) => b.used - a.used)
          .at(0),
    );
  }

  /** Writes a record, as the newest of its unit, too. */
  async write(record: UnitRecord): Promise<void> {
    await this.writeByKey(record);
    await this.writeNewest(record);
  }

  async writeByKey(record: UnitRecord): Promise<void> {
    const staging = temporaryIn(this.layout.staging);
    await writeDurably(this.layout.key(record.key), withChecksum(record), staging);
  }

  async writeNewest(record: UnitRecord): Promise<void> {
    const staging = temporaryIn(this.layout.staging);
    await writeDurably(this.layout.unit(record.unit), withChecksum(record), staging);
  }

  /** All sound records in one of the two folders. */
  all(folder: string): StoredRecord[] {
    return this.scan(folder).flatMap((each) => (each.record ? [each as StoredRecord] : []));
  }

  /** All records in a folder, including those that cannot be used. */
  scan(folder: string): ScannedRecord[] {
    return jsonFiles(folder).flatMap((file) => {
      const read = readChecksummed<UnitRecord>(file);
      if (read.state === 'absent') return [];
      const scanned = { file, used: statSync(file).mtimeMs, earlier: isEarlier(read) };
      if (read.state !== 'sound') return [scanned];
      const record = read.value;
      const right =
        folder === this.layout.keys ? this.layout.key(record.key) : this.layout.unit(record.unit);
      return right === file ? [{ ...scanned, record }] : [scanned];
    });
  }

  /** The units that an output is recorded for, each once. */
  unitsOf(output: string): UnitName[] {
    const records = [...this.all(this.layout.units), ...this.all(this.layout.keys)];
    const units = records.filter(({ record }) => record.output === output);
    return [...new Set(units.map(({ record }) => record.unit))].sort();
  }

  private read(
    file: string,
    fits: (record: UnitRecord) => boolean,
    twin: () => StoredRecord | undefined,
  ): UnitRecord | undefined {
    const read = readChecksummed<UnitRecord>(file);
    if (read.state === 'absent') return undefined;
    if (read.state === 'sound' && fits(read.value)) return read.value;
    if (isEarlier(read)) {
      this.noteEarlier();
      return undefined;
    }
    const found = twin()?.record;
    if (this.warnedOf.has(file)) return found;
    this.warnedOf.add(file);
    this.warn({
      id: 'store.damaged-record',
      message: `a record in the store is damaged: ${file}`,
      details: [found ? 'an intact copy of it is used instead' : 'it is ignored'],
      help: 'run: stubforge store repair',
    });
    return found;
  }

  private noteEarlier(): void {
    if (this.notedEarlier) return;
    this.notedEarlier = true;
    const { keys, units } = this.layout;
    const count = [keys, units]
      .flatMap((folder) => this.scan(folder))
      .filter((each) => each.earlier).length;
    this.note(
      count === 1
        ? '1 record in the store has an earlier format and is ignored: its unit is rebuilt when it is needed, and stubforge store gc removes it'
        : `${count} records in the store have an earlier format and are ignored: their units are rebuilt when they are needed, and stubforge store gc removes them`,
    );
  }
}

/** Records without a checksum have unit, key and output at the top level. */
function isEarlier(read: Checksummed<unknown>): boolean {
  if (read.state !== 'unchecked') return false;
  const { unit, key, output } = (read.value ?? {}) as Record<string, unknown>;
  return [unit, key, output].every((each) => typeof each === 'string');
}

/** The JSON files in a folder, sorted by name; none where there is no folder. */
export function jsonFiles(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

/** `gc --keep-recent` keeps a record that was used recently, however long ago it was made. */
function markUsed(file: string): void {
  try {
    const now = new Date();
    if (now.getTime() - statSync(file).mtimeMs > DAY) utimesSync(file, now, now);
  } catch {
    // The store may be read-only, but then no garbage is collected from it either.
  }
}
