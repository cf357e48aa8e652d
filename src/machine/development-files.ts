/** Which headers and pkg-config files of the build machine belong to which of its packages. */
import { execa } from 'execa';
import type { PackageDatabase } from './package-database.js';

/** Debian's name of the build machine's architecture in paths. */
export const multiarch = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

/** Where compilers and pkg-config look by themselves. */
export const developmentFolders = [
  '/usr/include',
  '/usr/lib/pkgconfig',
  `/usr/lib/${multiarch}/pkgconfig`,
  '/usr/share/pkgconfig',
];

/**
 * The files in `developmentFolders` that these packages, and those that they depend on, contain; sorted.
 * Undefined on systems without dpkg's database.
 */
export function developmentFiles(
  packages: PackageDatabase,
  names: Iterable<string>,
): string[] | undefined {
  if (!packages.known) return undefined;
  const files = new Set<string>();
  for (const name of packages.withDependencies(names)) {
    for (const path of packages.files(name)) {
      if (developmentFolders.some((folder) => path.startsWith(`${folder}/`))) files.add(path);
    }
  }
  return [...files].sort();
}

/** The installed package that contains one of these files; undefined when none does. */
export async function packageWith(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const { stdout } = await execa('dpkg-query', ['-S', file], { reject: false });
    const name = /^([^\s:,]+)[^\n]*: \//.exec(stdout ?? '')?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
