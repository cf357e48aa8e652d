/** Rules for the fields of recipes that a schema cannot express: files, and values of the build. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Diagnostic } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import type { YamlFile, YamlPath } from '../yaml/yaml-file.js';
import { engineValues, namesInWord } from './placeholders.js';

/** Checks a word for a command: the values of the build that it names have to exist. */
export function checkWord(yaml: YamlFile, path: YamlPath, word: string): Diagnostic[] {
  const names = Object.keys(engineValues);
  return namesInWord(word)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      id: 'recipe.unknown-value',
      message: `there is no value '${name}'`,
      span: yaml.span(path),
      help: suggestion(name, names, 'values'),
    }));
}

/** Checks a path in a recipe: it must exist inside the folder `tree`, also behind symbolic links. */
export function checkPath(
  yaml: YamlFile,
  { tree }: { tree: string },
  path: YamlPath,
  value: string,
  kind: 'file' | 'folder' | 'file or folder',
): Diagnostic[] {
  const target = resolve(dirname(yaml.file), value);
  const leaves = (message: string): Diagnostic[] => [
    {
      id: 'recipe.path-outside',
      message,
      span: yaml.span(path),
      help: `keep the file below ${tree}, so that the recipe works in any checkout`,
    },
  ];
  if (!isInside(tree, target)) return leaves(`'${value}' leads out of the recipe's tree`);
  if (!existsSync(target)) {
    return [
      {
        id: 'recipe.missing-file',
        message: `there is no ${kind} '${value}'`,
        span: yaml.span(path),
      },
    ];
  }
  if (!isInside(realpathSync(tree), realpathSync(target))) {
    return leaves(`'${value}' leads out of the recipe's tree through a symbolic link`);
  }
  const stat = statSync(target);
  const fits = (stat.isFile() && kind !== 'folder') || (stat.isDirectory() && kind !== 'file');
  return fits
    ? []
    : [
        {
          id: 'recipe.wrong-file-type',
          message: `'${value}' is not a ${kind}`,
          span: yaml.span(path),
        },
      ];
}

function isInside(tree: string, path: string): boolean {
  const steps = relative(tree, path);
  return steps !== '..' && !steps.startsWith(`..${sep}`);
}
