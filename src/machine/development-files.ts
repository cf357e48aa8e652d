/** Which headers and pkg-config files of the build machine belong to which of its packages. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { packageDatabase } from './tool-versions.js';

const packageLists = '/var/lib/dpkg/info';

/** Debian's name of the build machine's architecture in paths. */
export const multiarch = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

/** Where compilers and pkg-config look by themselves. */
export const developmentFolders = [
  '/usr/include',
  '/usr/lib/pkgconfig',
  `/usr/lib/${multiarch}/pkgconfig`,
  '/usr/share/pkgconfig',
];

/** Packages by name, with the names of those that each depends on. */
let dependencies: Map<string, string[]> | undefined;
/** Packages by name, with the files that list what each has installed. */
let lists: Map<string, string[]> | undefined;

/**
 * The files in `developmentFolders` that these packages bring, and those that they depend on, sorted.
 * Undefined where dpkg does not know its packages, so that nothing can be told apart.
 */
export function developmentFiles(packages: Iterable<string>): string[] | undefined {
  if (!existsSync(packageDatabase)) return undefined;
  dependencies ??= readDependencies();
  lists ??= readLists();
  const seen = new Set(packages);
  const files = new Set<string>();
  for (const name of seen) {
    for (const other of dependencies.get(name) ?? []) seen.add(other);
    for (const list of lists.get(name) ?? []) {
      for (const path of readFileSync(list, 'utf8').split('\n')) {
        if (developmentFolders.some((folder) => path.startsWith(`${folder}/`))) files.add(path);
      }
    }
  }
  return [...files].sort();
}

function readDependencies(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const entry of readFileSync(packageDatabase, 'utf8').split('\n\n')) {
    const name = /^Package: (.*)$/m.exec(entry)?.[1];
    if (name === undefined) continue;
    // Of alternatives all count: those that are not installed have no files.
    const names = [...entry.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)].flatMap(([, text]) =>
      text!.split(/[,|]/).map((word) => word.trim().replace(/[ :(].*/, '')),
    );
    found.set(name, [...(found.get(name) ?? []), ...names]);
  }
  return found;
}

/** A package that may be installed for several architectures has one of its names in the file's. */
function readLists(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(packageLists)) {
    const name = /^([^:]+)(?::.*)?\.list$/.exec(file)?.[1];
    if (name === undefined) continue;
    found.set(name, [...(found.get(name) ?? []), `${packageLists}/${file}`]);
  }
  return found;
}

/** The installed package that has one of these files; undefined when none has. */
export async function packageWith(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const { stdout } = await execa('dpkg-query', ['-S', file], { reject: false });
    const name = /^([^\s:,]+)[^\n]*: \//.exec(stdout ?? '')?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
