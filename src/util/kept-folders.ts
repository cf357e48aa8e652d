import { existsSync } from 'node:fs';
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryBeside } from './files.js';

/**
 * Folders that are written once, under a name that identifies their content, and are only read from
 * then on. Processes may share them: each folder appears by a rename.
 */
export class KeptFolders {
  /** Those being written, so that units that start together share one. */
  readonly #underway = new Map<string, Promise<void>>();

  constructor(readonly root: string) {}

  /** The folder of that name, written by `write` into a temporary folder if it does not exist yet. */
  async folder(name: string, write: (dir: string) => Promise<void>): Promise<string> {
    const folder = join(this.root, name);
    let written = this.#underway.get(name);
    if (!written) {
      written = this.#ensure(folder, write).finally(() => this.#underway.delete(name));
      this.#underway.set(name, written);
    }
    await written;
    return folder;
  }

  async #ensure(folder: string, write: (dir: string) => Promise<void>): Promise<void> {
    if (existsSync(folder)) {
      // Its time says when it was used last, for `store gc`; somebody else's may not be touched.
      await utimes(folder, new Date(), new Date()).catch(() => {});
      return;
    }
    const staging = temporaryBeside(folder);
    try {
      await mkdir(staging, { recursive: true });
      await write(staging);
      await rename(staging, folder).catch((error) => {
        // Another process was quicker with the same folder.
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
}
