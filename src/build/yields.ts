import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from '../recipe/recipe.js';
import { UserError } from '../util/problem.js';

const pkgconfigFolders = ['usr/lib/pkgconfig', 'usr/share/pkgconfig'];

/** Throws UserError that names each file which the recipe promises and the build did not install. */
export function checkYields(recipe: Recipe, dest: string): void {
  const anywhere = (folders: readonly string[], name: string) =>
    folders.some((folder) => existsSync(join(dest, folder, name)));
  const { yields } = recipe;
  const missing = [
    ...yields.pkgconfig
      .filter((name) => !anywhere(pkgconfigFolders, `${name}.pc`))
      .map((name) => `pkgconfig: ${name}`),
    ...yields.libraries
      .filter((name) => !anywhere(['usr/lib', 'lib'], name))
      .map((name) => `libraries: ${name}`),
    ...yields.headers
      .filter((name) => !anywhere(['usr/include'], name))
      .map((name) => `headers: ${name}`),
    ...yields.files.filter((name) => !existsSync(join(dest, name))).map((name) => `files: ${name}`),
  ];
  if (missing.length === 0) return;
  throw new UserError({
    message: `${recipe.name} did not install what its recipe promises`,
    place: { file: recipe.file, field: 'yields' },
    details: missing.map((each) => `missing ${each}`),
    remedy: 'correct `yields`, or turn on what installs these files',
  });
}

/**
 * Takes away what would only mislead a dependent: libtool's archives name folders of the build, and
 * nobody can run info or man pages on a stub domain.
 */
export async function pruneOutput(dest: string): Promise<void> {
  for (const folder of ['usr/share/man', 'usr/share/info', 'usr/share/doc', 'usr/share/locale']) {
    await rm(join(dest, folder), { recursive: true, force: true });
  }
  const libraries = join(dest, 'usr/lib');
  if (!existsSync(libraries)) return;
  for (const name of await readdir(libraries)) {
    if (name.endsWith('.la')) await rm(join(libraries, name));
  }
}
