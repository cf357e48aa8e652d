import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The folders of the user's PATH. */
export const searchPath = (): string[] => (process.env.PATH ?? '').split(delimiter);

/** The path of a program in the first of the folders that has it: PATH's, or undefined. */
export async function findProgram(
  name: string,
  folders: readonly string[] = searchPath(),
): Promise<string | undefined> {
  for (const directory of folders) {
    if (directory === '') continue;
    const path = join(directory, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // It may be in a later folder.
    }
  }
  return undefined;
}

/**
 * The distro's own folders only: elsewhere on a PATH there may be wrappers such as ccache's, other
 * compilers and other versions of the same tools.
 */
const distroPath = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** Absolute path of a command in the distro's folders, or undefined. */
export const distroCommand = (name: string) => findProgram(name, distroPath);

/** No variable of the user's changes what a tool answers. */
export const cleanEnvironment = { PATH: distroPath.join(':'), LC_ALL: 'C' };
