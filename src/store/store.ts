import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnitName } from '../events.js';
import { temporaryBeside, writeFileAtomic } from '../util/atomic.js';
import { hashTree, sealTree } from './tree.js';

/** What is kept of a finished unit. */
export interface UnitRecord {
  unit: UnitName;
  key: string;
  /** The parts that the key was made of: names to hashes or short texts. */
  parts: Record<string, string>;
  /** The output tree's name: the hash of its content. */
  output: string;
  /** Wall time of the build, for telling what is left next time. */
  seconds: number;
}

/**
 * Outputs by the hash of their content, and records that lead from a unit's key to its output.
 * All that is visible in it is complete: trees and records come by rename.
 */
export class Store {
  constructor(readonly directory: string) {}

  /** The folder of an output, whether it exists or not. */
  outputDirectory(output: string): string {
    return join(this.directory, 'outputs', output);
  }

  /** The record for a key, if its output is there too. */
  async lookup(key: string): Promise<UnitRecord | undefined> {
    const record = await this.read(this.recordFile(key));
    return record && existsSync(this.outputDirectory(record.output)) ? record : undefined;
  }

  /** The record of the newest build of a unit, whatever its key, for saying what changed. */
  async latest(unit: UnitName): Promise<UnitRecord | undefined> {
    return this.read(this.latestFile(unit));
  }

  /** Takes over `tree`, which must be on the same file system, and records it. */
  async put(record: Omit<UnitRecord, 'output'>, tree: string): Promise<UnitRecord> {
    await sealTree(tree);
    const complete: UnitRecord = { ...record, output: await hashTree(tree) };
    const directory = this.outputDirectory(complete.output);
    await mkdir(join(this.directory, 'outputs'), { recursive: true });
    if (!existsSync(directory)) {
      const staging = temporaryBeside(directory);
      await rename(tree, staging);
      try {
        await rename(staging, directory);
      } catch (error) {
        // Another process may have brought the same content in the meantime: theirs is as good.
        await rm(staging, { recursive: true, force: true });
        if (!existsSync(directory)) throw error;
      }
    }
    await this.record(complete);
    return complete;
  }

  /** Notes that this record is the newest of its unit. */
  async record(record: UnitRecord): Promise<void> {
    const text = `${JSON.stringify(record, null, 2)}\n`;
    await writeFileAtomic(this.recordFile(record.key), text);
    await writeFileAtomic(this.latestFile(record.unit), text);
  }

  private recordFile(key: string): string {
    return join(this.directory, 'keys', `${key}.json`);
  }

  private latestFile(unit: UnitName): string {
    return join(this.directory, 'units', `${unit.replace(':', '_')}.json`);
  }

  private async read(file: string): Promise<UnitRecord | undefined> {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as UnitRecord;
    } catch (error) {
      if (error instanceof SyntaxError) {
        // A damaged record is as good as none: its unit is built again and the record rewritten.
        await rm(file, { force: true });
        return undefined;
      }
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
