/** Rules for one recipe that its schema cannot express: files, patterns, command lines. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Problem } from '../util/problem.js';
import { suggestion } from '../util/suggest.js';
import type { YamlPath } from '../util/yaml-document.js';
import type { BuildSystem } from './build-system.js';
import { expectedName } from './file-name.js';
import type { WrittenRecipe } from './read.js';
import { engineValues, namesInWord } from './template.js';
import { splitWords } from './words.js';
import type { WrittenBuiltPart, WrittenImagePart } from './written.js';

/** Where a recipe was found. */
export interface Surroundings {
  /** Files that a recipe names have to be inside of this folder. */
  tree: string;
  /** It stands in a toolchain's folder. */
  ofToolchain: boolean;
  architectures: readonly string[];
  /** Absent for images. */
  system?: BuildSystem;
}

type Part = WrittenBuiltPart & WrittenImagePart;

/** All that is wrong with a recipe that has the right shape, apart from what it needs. */
export function checkRecipe(written: WrittenRecipe, around: Surroundings): Problem[] {
  const { yaml, value } = written;
  const problems = expectedName(yaml, value.name);
  if (value.kind !== 'image') {
    if (around.ofToolchain && !value.bootstrap) {
      problems.push({
        message: 'a recipe in the folder of a toolchain is a part of it, and does not say so',
        place: yaml.place([]),
        remedy: "add 'bootstrap: true', or move it to recipes/",
      });
    }
    if (!around.ofToolchain && value.bootstrap) {
      problems.push({
        message: 'only the parts of a toolchain are built with its bare compiler',
        place: yaml.place(['bootstrap'], 'key'),
        remedy: "take 'bootstrap' away, or move it to toolchains/<name>/recipes/",
      });
    }
    if (value.overlay !== undefined) {
      problems.push(...checkPath(written, around, ['overlay'], value.overlay, 'folder'));
    }
  }
  const blocks = value as unknown as Record<string, Part | undefined>;
  for (const architecture of [undefined, ...around.architectures]) {
    const part = architecture === undefined ? (value as Part) : blocks[architecture];
    if (part === undefined) continue;
    const path = architecture === undefined ? [] : [architecture];
    if (architecture && value.architectures && !value.architectures.includes(architecture)) {
      problems.push({
        message: `the recipe is not for ${architecture}`,
        place: yaml.place(path, 'key'),
        remedy: `take the block away, or add ${architecture} to 'architectures'`,
      });
    }
    problems.push(...checkPart(written, around, part, path));
  }
  return problems;
}

function checkPart(
  written: WrittenRecipe,
  around: Surroundings,
  part: Part,
  path: YamlPath,
): Problem[] {
  const problems: Problem[] = [];
  const source = part.source;
  if (source && 'local' in source) {
    const at = [...path, 'source', 'local'];
    problems.push(...checkPath(written, around, at, source.local, 'folder'));
  }
  for (const [index, patch] of (part.patches ?? []).entries()) {
    const at = [...path, 'patches', index, 'file'];
    problems.push(...checkPath(written, around, at, patch.file, 'file'));
  }
  for (const [index, file] of (part.files ?? []).entries()) {
    const at = [...path, 'files', index, 'from'];
    if (file.recipe === undefined) {
      problems.push(...checkPath(written, around, at, file.from, 'file or folder'));
    } else if (file.from.split('/').includes('..')) {
      const place = written.yaml.place(at);
      problems.push({ message: `'${file.from}' leaves the output of ${file.recipe}`, place });
    }
  }
  problems.push(...checkText(written, part, path));
  for (const [name, input] of Object.entries(around.system?.inputs ?? {})) {
    if (input.type !== 'words') continue;
    const words = (part as Record<string, unknown>)[name] as string[] | undefined;
    for (const [index, word] of (words ?? []).entries()) {
      problems.push(...checkWord(written, [...path, name, index], word));
    }
  }
  return problems;
}

function checkText(written: WrittenRecipe, part: Part, path: YamlPath): Problem[] {
  const problems: Problem[] = [];
  const attempt = (field: 'expect' | 'cmdline', action: () => unknown, what: string) => {
    try {
      action();
    } catch (error) {
      const message = `${what}: ${(error as Error).message.replace(/^Invalid.*\/: /, '')}`;
      problems.push({ message, place: written.yaml.place([...path, field]) });
    }
  };
  const { expect, cmdline } = part;
  if (expect !== undefined) {
    attempt('expect', () => new RegExp(expect), 'this is no regular expression');
  }
  if (cmdline !== undefined) {
    attempt('cmdline', () => splitWords(cmdline), 'this cannot be split into words');
  }
  return problems;
}

function checkWord(written: WrittenRecipe, path: YamlPath, word: string): Problem[] {
  const names = Object.keys(engineValues);
  return namesInWord(word)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      message: `there is no value '${name}'`,
      place: written.yaml.place(path),
      remedy: suggestion(name, names, 'values'),
    }));
}

/** A path that a recipe names: inside of the tree, also behind symbolic links, and there. */
function checkPath(
  { yaml }: WrittenRecipe,
  around: Surroundings,
  path: YamlPath,
  value: string,
  kind: 'file' | 'folder' | 'file or folder',
): Problem[] {
  const target = resolve(dirname(yaml.file), value);
  const leaves = (message: string): Problem[] => [
    {
      message,
      place: yaml.place(path),
      remedy: `keep the file below ${around.tree}, so that the recipe works in any checkout`,
    },
  ];
  if (!isInside(around.tree, target)) return leaves(`'${value}' leaves the tree of the recipe`);
  if (!existsSync(target)) {
    return [{ message: `there is no ${kind} '${value}'`, place: yaml.place(path) }];
  }
  if (!isInside(realpathSync(around.tree), realpathSync(target))) {
    return leaves(`'${value}' leaves the tree of the recipe through a symbolic link`);
  }
  const stat = statSync(target);
  const fits = (stat.isFile() && kind !== 'folder') || (stat.isDirectory() && kind !== 'file');
  return fits ? [] : [{ message: `'${value}' is no ${kind}`, place: yaml.place(path) }];
}

function isInside(tree: string, path: string): boolean {
  const steps = relative(tree, path);
  return steps !== '..' && !steps.startsWith(`..${sep}`);
}
