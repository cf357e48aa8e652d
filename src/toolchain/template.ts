import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Values by the name that stands in a template between two @. */
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

/** All files below a folder by relative path, in a stable order. */
export function readTemplates(dir: string): Map<string, string> {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
  return new Map(paths.map((path) => [path, readFileSync(join(dir, path), 'utf8')]));
}
