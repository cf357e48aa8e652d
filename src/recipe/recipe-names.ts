import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Diagnostic } from '../util/diagnostic.js';
import type { YamlFile } from '../yaml/yaml-file.js';

/** The YAML files of a folder, by the name that they give; none when there is no such folder. */
export function yamlFiles(dir: string): { name: string; file: string }[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))
    .sort()
    .map((name) => ({ name: basename(name, '.yaml'), file: join(dir, name) }));
}

/** A recipe or build system is found by its file's name, so that `name` has to say the same. */
export function expectedName(yaml: YamlFile, name: string): Diagnostic[] {
  const expected = basename(yaml.file, '.yaml');
  if (name === expected) return [];
  return [
    {
      message: `the name '${name}' is not the name of the file`,
      span: yaml.span(['name']),
      help: `write 'name: ${expected}', or rename the file to ${name}.yaml`,
    },
  ];
}
