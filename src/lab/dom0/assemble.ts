/** Chooses the files of a first file system, dom0's or another domain's, from unpacked packages. */
import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../../util/diagnostic.js';
import { namesIn } from '../../util/files.js';
import type { ArchiveEntry } from './cpio.js';
import type { RootDescription } from './description.js';
import { neededLibraries } from './shared-libraries.js';

/** Where the dynamic linker looks, in its order. */
const libraryFolders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'];
const dynamicLinker = 'lib64/ld-linux-x86-64.so.2';

/**
 * The entries of a file system: what the description names, with the libraries that it needs, and
 * what lies in `own`. `root` has the distro's packages unpacked, `kernel` the kernel's. Throws UserError
 * with everything that is missing.
 */
export function rootFiles(
  description: RootDescription,
  { root, kernel, own }: { root: string; kernel: string; own: string },
): ArchiveEntry[] {
  const entries = new Map<string, ArchiveEntry>();
  const missing: string[] = [];
  const add = (path: string, from: string | undefined) => {
    if (from === undefined || !existsSync(from)) missing.push(path);
    else entries.set(path, fileEntry(path, from));
  };

  const { programs } = description;
  const wanted = programs.length > 0 ? [...programs, dynamicLinker] : [];
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (entries.has(path)) continue;
    add(path, inside(root, path));
    const entry = entries.get(path);
    for (const name of entry ? neededLibraries(Buffer.from(entry.content)) : []) {
      if (name === basename(dynamicLinker)) continue;
      const folder = libraryFolders.find((each) => inside(root, join(each, name)));
      if (folder === undefined) missing.push(`${name}, which ${path} needs`);
      else wanted.push(join(folder, name));
    }
  }
  for (const path of description.files) add(path, inside(root, path));
  for (const name of description.modules) add(`lib/modules/${name}.ko`, moduleFile(kernel, name));
  for (const path of filesBelow(own)) add(path, join(own, path));
  for (const [path, target] of Object.entries(description.links)) {
    entries.set(path, { path, content: Buffer.from(target), kind: 'link' });
  }
  const order = Buffer.from(description.modules.map((name) => `${name}\n`).join(''));
  entries.set('lib/modules/order', { path: 'lib/modules/order', content: order, kind: 'file' });
  if (missing.length > 0) {
    throw new UserError({
      id: 'lab.incomplete-dom0',
      message: "the distro's packages lack files that the lab needs",
      details: [...new Set(missing)].sort(),
      help: 'name the packages that have them in share/lab/dom0.yaml',
    });
  }
  return [...entries.values()];
}

function fileEntry(path: string, from: string): ArchiveEntry {
  const executable = (statSync(from).mode & 0o111) !== 0;
  return { path, content: readFileSync(from), kind: 'file', executable };
}

/** The file below `root` that a path leads to, over links as somebody sees them whose root that is. */
function inside(root: string, path: string): string | undefined {
  let file = join(root, path);
  for (let links = 0; links < 10; links++) {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (!stats?.isSymbolicLink()) return stats?.isFile() ? file : undefined;
    const target = readlinkSync(file);
    file = target.startsWith('/') ? join(root, target) : resolve(dirname(file), target);
    if (relative(root, file).startsWith('..')) return undefined;
  }
  return undefined;
}

/** File names of modules have either of two characters where the module's name has `_`. */
function moduleFile(kernel: string, name: string): string | undefined {
  const plain = (text: string) => text.replaceAll('-', '_');
  const found = filesBelow(kernel).find((path) => plain(basename(path)) === `${plain(name)}.ko`);
  return found === undefined ? undefined : join(kernel, found);
}

/** The paths of all regular files below a folder, relative to it. */
function filesBelow(folder: string): string[] {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const stats = lstatSync(path);
    if (stats.isDirectory()) return filesBelow(path).map((each) => join(name, each));
    return stats.isFile() ? [name] : [];
  });
}
