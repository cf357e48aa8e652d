import { existsSync, mkdirSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { UnitName } from '../events/event.js';
import { withDiskDiagnostics } from '../project/disk-diagnostics.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { lockFile } from '../util/file-lock.js';
import { temporaryIn } from '../util/files.js';
import type { UnitRecord } from './archive-format.js';
import { readChecksummed, syncFolder, withChecksum, writeDurably } from './checksummed.js';
import { type Depth, type Fault, inspectTree } from './inspect-tree.js';
import { describeTree, type Manifest, treeName } from './manifest.js';
import { FilePlacer } from './place-file.js';
import { shareTree } from './shared-files.js';
import { StoreLayout } from './store-layout.js';
import { linkTree } from './tree.js';
import { Records } from './unit-records.js';

export type { PhaseTime, UnitRecord } from './archive-format.js';

/** An output in the store does not match its manifest. */
export class DamagedOutput extends UserError {
  constructor(
    readonly output: string,
    readonly faults: readonly Fault[],
    diagnostic: Diagnostic,
  ) {
    super(diagnostic);
  }
}

/**
 * Outputs by the hash of their content, with common files kept once, and records that lead from a unit's
 * key to its output. Everything visible is complete and was written to the disk before it became
 * visible.
 */
export class Store {
  readonly layout: StoreLayout;
  readonly records: Records;
  /** Outputs of which this process has read every file. */
  private readonly read = new Set<string>();
  readonly #placer = new FilePlacer();

  /**
   * `warn` is called for damage that is found on the way and stops nothing; `note`, for other messages.
   */
  constructor(
    readonly directory: string,
    readonly warn: (diagnostic: Diagnostic) => void = () => {},
    note: (message: string) => void = () => {},
  ) {
    this.layout = new StoreLayout(directory);
    this.records = new Records(this.layout, warn, note);
  }

  /** The folder of an output, whether it exists or not. Nobody may write to it. */
  outputDirectory(output: string): string {
    return this.layout.output(output);
  }

  /** The record for a key, if its output is there too. */
  async lookup(key: string): Promise<UnitRecord | undefined> {
    const record = this.records.byKey(key);
    return record && this.has(record.output) ? record : undefined;
  }

  /** The record of the newest build of a unit, whatever its key, to explain what changed. */
  async latest(unit: UnitName): Promise<UnitRecord | undefined> {
    return this.records.newest(unit);
  }

  /** Whether an output is there, without looking into it. */
  has(output: string): boolean {
    return existsSync(this.layout.output(output)) && existsSync(this.layout.manifest(output));
  }

  /** What an output consists of; undefined when that is not known or does not match its name. */
  manifest(output: string): Manifest | undefined {
    const read = readChecksummed<Manifest>(this.layout.manifest(output));
    return read.state === 'sound' && treeName(read.value) === output ? read.value : undefined;
  }

  /**
   * What is wrong with an output; empty for a sound one. Of an output that this process has read before,
   * only the metadata is checked again.
   */
  async check(output: string, depth: Depth): Promise<Fault[]> {
    const manifest = this.manifest(output);
    if (!manifest) return [{ path: '', what: this.has(output) ? 'unreadable' : 'missing' }];
    const enough = this.read.has(output) ? 'metadata' : depth;
    const faults = await inspectTree(this.layout.output(output), manifest, enough);
    if (faults.length > 0) this.read.delete(output);
    else if (depth === 'contents') this.read.add(output);
    return faults;
  }

  /** Throws DamagedOutput when one of the outputs is not as it was built. */
  async requireSound(outputs: Iterable<string>, depth: Depth = 'contents'): Promise<void> {
    for (const output of outputs) {
      const faults = await this.check(output, depth);
      if (faults.length > 0) throw new DamagedOutput(output, faults, this.damage(output, faults));
    }
  }

  /** The diagnostic of a damaged output. */
  damage(output: string, faults: readonly Fault[]): Diagnostic {
    const units = this.records.unitsOf(output);
    const [unit = `an unknown unit (${output.slice(0, 12)})`, ...others] = units;
    const more = others.length > 0 ? ` (and ${others.join(', ')})` : '';
    return {
      id: 'store.damaged-output',
      message: `the output of ${unit}${more} is damaged in the store`,
      span: { file: this.layout.output(output) },
      details: describeFaults(faults),
      help: 'run: stubforge store repair',
    };
  }

  /**
   * Places an output in `target`, over what is there, after a check of its contents. The files there may
   * be the store's own, so nobody may write to them. Throws DamagedOutput, and
   * TreeConflict when another file has one of the names.
   */
  async materialize(output: string, target: string): Promise<void> {
    await this.requireSound([output]);
    await withDiskDiagnostics(() => linkTree(this.layout.output(output), target, this.#placer), {
      folder: target,
      state: target,
    });
  }

  /**
   * Takes over `tree` and records it. After an error, or a crash at any moment, the store still has all
   * that it had before, and nothing of this is visible.
   */
  async put(record: Omit<UnitRecord, 'output'>, tree: string): Promise<UnitRecord> {
    const complete = { ...record, output: await this.add(tree) };
    await this.record(complete);
    return complete;
  }

  /** Records that the build of a unit gave an output of the store. */
  async record(record: UnitRecord): Promise<void> {
    await withDiskDiagnostics(() => this.records.write(record), {
      folder: this.directory,
      state: this.directory,
    });
  }

  /** Takes over `tree` without recording it, and returns its name. */
  async add(tree: string): Promise<string> {
    return withDiskDiagnostics(() => this.#add(tree), {
      folder: this.directory,
      state: [this.directory, tree],
    });
  }

  async #add(tree: string): Promise<string> {
    const manifest = await describeTree(tree);
    const output = treeName(manifest);
    const directory = this.layout.output(output);
    mkdirSync(this.layout.outputs, { recursive: true });
    mkdirSync(this.layout.staging, { recursive: true });
    // Later checks compare with what is read here, so from here on it must not change.
    const staging = temporaryIn(this.layout.staging);
    await moveTree(tree, staging);
    try {
      await shareTree(this.layout, staging, manifest);
      for (let attempt = 1; ; attempt++) {
        // The manifest comes first: a tree without one is ignored.
        if (!this.manifest(output)) await this.describe(output, manifest);
        if (await renamed(staging, directory)) break;
        // Another unit or process has put the same content there; unless it is damaged, it is as
        // good as this one.
        this.read.delete(output);
        const faults = await this.check(output, 'contents');
        if (faults.length === 0) break;
        if (attempt > 3) throw new DamagedOutput(output, faults, this.damage(output, faults));
        await this.setAside(output);
      }
      syncFolder(this.layout.outputs);
      this.read.add(output);
      return output;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  /** Writes the manifest of an output. */
  async describe(output: string, manifest: Manifest): Promise<void> {
    const staging = temporaryIn(this.layout.staging);
    await writeDurably(this.layout.manifest(output), withChecksum(manifest), staging);
  }

  /**
   * Moves an output out of the way, so that its unit is rebuilt. Returns the folder where it can be
   * inspected; undefined when it was gone already.
   */
  async setAside(output: string): Promise<string | undefined> {
    this.read.delete(output);
    const time = new Date().toISOString().replace(/[:.]/g, '');
    const aside = `${this.layout.damaged}/${output.slice(0, 16)}-${time}`;
    mkdirSync(this.layout.damaged, { recursive: true });
    const moved = await renamed(this.layout.output(output), aside);
    await rm(this.layout.manifest(output), { recursive: true, force: true });
    return moved ? aside : undefined;
  }
}

export interface HoldOptions {
  signal?: AbortSignal;
  /** Called with a message when another process has to finish first. */
  onWait: (message: string) => void;
}

/** A store from which no other process removes anything until this is disposed of. */
export interface HeldStore extends AsyncDisposable {
  readonly store: Store;
}

/**
 * Holds the store until the end of the scope: `shared` by those who rely on outputs, so that nothing is
 * removed in the meantime, and `alone` by those who remove things, so that nobody builds.
 */
export async function holdStore(
  store: Store,
  how: 'shared' | 'alone',
  { signal, onWait }: HoldOptions,
): Promise<HeldStore> {
  const message =
    how === 'shared'
      ? 'waiting for another stubforge process that is cleaning up or repairing the store'
      : 'waiting until no other stubforge process is building';
  const lock = await lockFile(store.layout.lock, {
    signal,
    shared: how === 'shared',
    onWait: () => onWait(message),
  });
  return { store, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() };
}

const wrong = new Set<Fault['what']>(['type', 'mode', 'size', 'content', 'link target']);

/** A line for each of the first few faults. */
export function describeFaults(faults: readonly Fault[]): string[] {
  const lines = faults
    .slice(0, 8)
    .map(
      ({ path, what }) => `${path || 'the whole tree'}: ${wrong.has(what) ? 'wrong ' : ''}${what}`,
    );
  return faults.length > 8 ? [...lines, `and ${faults.length - 8} more`] : lines;
}

/** Renames a folder; false when the target is there already or the source is not. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return false;
    if (code === 'ENOENT' && !existsSync(from) && existsSync(dirname(to))) return false;
    throw error;
  }
}

/** Also from another file system, by copying. */
async function moveTree(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(from, to, { recursive: true, verbatimSymlinks: true });
    await rm(from, { recursive: true, force: true });
  }
}
