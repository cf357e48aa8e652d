import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltRecipe } from '../../recipe/recipe.js';
import { UserError } from '../../util/diagnostic.js';
import { isInside } from './workspace.js';

const pkgconfigFolders = ['usr/lib/pkgconfig', 'usr/share/pkgconfig'];

/** Throws a UserError that names each file in `provides` that the build did not install. */
export function checkProvides(recipe: BuiltRecipe, dest: string): void {
  const anywhere = (folders: readonly string[], name: string) =>
    folders.some((folder) => existsSync(join(dest, folder, name)));
  const { provides } = recipe;
  const missing = [
    ...provides.pkgconfig
      .filter((name) => !anywhere(pkgconfigFolders, `${name}.pc`))
      .map((name) => `pkgconfig: ${name}`),
    ...provides.libraries
      .filter((name) => !anywhere(['usr/lib', 'lib'], name))
      .map((name) => `libraries: ${name}`),
    ...provides.headers
      .filter((name) => !anywhere(['usr/include'], name))
      .map((name) => `headers: ${name}`),
    ...provides.files
      .filter((name) => !existsSync(join(dest, name)))
      .map((name) => `files: ${name}`),
  ];
  if (missing.length === 0) return;
  throw new UserError({
    id: 'unit.missing-files',
    message: `${recipe.name} did not install everything that its recipe provides`,
    span: { file: recipe.file, field: 'provides' },
    details: missing.map((each) => `missing ${each}`),
    help: 'correct `provides`, or enable what installs these files',
  });
}

/**
 * Removes linked programs from what a library installed, and returns their paths. Libraries are built
 * with the kernel's symbols instead of the kernel, so such a program could not run.
 */
export async function prunePrograms(dest: string): Promise<string[]> {
  const programs = installedPrograms(dest);
  for (const path of programs) await rm(join(dest, path));
  return programs;
}

/** The paths of all linked programs in an output, sorted. */
export function installedPrograms(dest: string): string[] {
  return readdirSync(dest, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isProgram(join(entry.parentPath, entry.name)))
    .map((entry) => join(entry.parentPath, entry.name).slice(dest.length + 1))
    .sort();
}

/** Whether a file is an ELF file of the type ET_EXEC; little endian, as all architectures are. */
function isProgram(file: string): boolean {
  const head = Buffer.alloc(18);
  const descriptor = openSync(file, 'r');
  try {
    const length = readSync(descriptor, head, 0, head.length, 0);
    return length === 18 && head.readUInt32BE(0) === 0x7f454c46 && head.readUInt16LE(16) === 2;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Removes what would only mislead a dependent: libtool's archives name folders of the build, and nobody
 * reads info or man pages on a stub domain.
 */
export async function pruneOutput(dest: string): Promise<void> {
  for (const folder of ['usr/share/man', 'usr/share/info', 'usr/share/doc', 'usr/share/locale']) {
    if (await isInside(dest, folder)) await rm(join(dest, folder), { recursive: true });
  }
  const libraries = join(dest, 'usr/lib');
  if (!(await isInside(dest, 'usr/lib'))) return;
  for (const name of await readdir(libraries)) {
    if (name.endsWith('.la')) await rm(join(libraries, name));
  }
}
