import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Values by their names, which templates write between two @. */
export type TemplateValues = Readonly<Record<string, string>>;

/**
 * The text with every `@NAME@` replaced. A name without a value is a defect of the template or of
 * its caller, not of the user's, and throws accordingly.
 */
export function fillTemplate(text: string, values: TemplateValues): string {
  return text.replace(/@([A-Z_]+)@/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template names ${whole}, which has no value`);
    return value;
  });
}

/**
 * All files below the folders by relative path, in a stable order. Of two files with the same path, the
 * one in the earlier folder counts.
 */
export function readTemplates(dirs: readonly string[]): Map<string, string> {
  const paths = dirs.flatMap((dir) =>
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1)),
  );
  return new Map(
    [...new Set(paths)]
      .sort()
      .map((path) => [path, readFileSync(templateFile(dirs, path), 'utf8')]),
  );
}

/** All folders below a folder. */
export function foldersIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Where the file with this relative path is: in the first folder that has it. */
export function templateFile(dirs: readonly string[], path: string): string {
  const dir = dirs.find((each) => existsSync(join(each, path)));
  if (dir === undefined) throw new Error(`there is no ${path} in ${dirs.join(' or ')}`);
  return join(dir, path);
}
