import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isConfigGuess, isConfigSub, timestampOf } from './script.js';

/** A copy that came with one of the machine's own packages. */
export interface MachineCopy {
  /** Absolute. */
  file: string;
  timestamp: string;
  /** Its bytes, one character each. */
  text: string;
}

/** The distro's package for exactly this; also the one to suggest where there is none. */
export const machinePackage = 'autotools-dev';

/**
 * Finds the newest copy on the machine: autotools-dev's, else what automake or libtool
 * have installed. Undefined where there is none. `share` is where packages keep such data.
 */
export async function newestOnMachine(
  name: 'config.sub' | 'config.guess',
  share = '/usr/share',
): Promise<MachineCopy | undefined> {
  const versioned = await readdir(share).catch(() => []);
  const folders = [
    'misc',
    'gnuconfig',
    'libtool/build-aux',
    'libtool/config',
    ...versioned.filter((each) => /^automake-\d/.test(each)).sort(),
  ];
  const isRight = name === 'config.sub' ? isConfigSub : isConfigGuess;
  let newest: MachineCopy | undefined;
  for (const folder of folders) {
    const file = join(share, folder, name);
    const text = await readFile(file, 'latin1').catch(() => undefined);
    const timestamp = text && isRight(text) ? timestampOf(text) : undefined;
    // Dates of this form sort as text; of equals the first is kept.
    if (text && timestamp && (!newest || timestamp > newest.timestamp)) {
      newest = { file, timestamp, text };
    }
  }
  return newest;
}
