/** Rules for one recipe that its schema cannot express: files, patterns, command lines. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Diagnostic } from '../util/diagnostic.js';
import { splitWords } from '../util/split-words.js';
import { suggestion } from '../util/suggest.js';
import type { YamlPath } from '../yaml/yaml-file.js';
import type { BuildSystem } from './build-system.js';
import { engineValues, namesInWord } from './placeholders.js';
import type { WrittenRecipe } from './read-recipe.js';
import { expectedName } from './recipe-names.js';
import type { WrittenBuiltPart, WrittenImagePart } from './recipe-schema.js';

/** Where a recipe was found. */
export interface RecipeContext {
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
export function checkRecipe(written: WrittenRecipe, context: RecipeContext): Diagnostic[] {
  const { yaml, value } = written;
  const diagnostics = expectedName(yaml, value.name);
  if (value.kind !== 'image') {
    if (context.ofToolchain && !value.bootstrap) {
      diagnostics.push({
        message: 'a recipe in the folder of a toolchain is a part of it, and does not say so',
        span: yaml.span([]),
        help: "add 'bootstrap: true', or move it to recipes/",
      });
    }
    if (!context.ofToolchain && value.bootstrap) {
      diagnostics.push({
        message: 'only the parts of a toolchain are built with its bare compiler',
        span: yaml.span(['bootstrap'], 'key'),
        help: "take 'bootstrap' away, or move it to toolchains/<name>/recipes/",
      });
    }
    if (value.overlay !== undefined) {
      diagnostics.push(...checkPath(written, context, ['overlay'], value.overlay, 'folder'));
    }
  }
  const blocks = value as unknown as Record<string, Part | undefined>;
  for (const architecture of [undefined, ...context.architectures]) {
    const part = architecture === undefined ? (value as Part) : blocks[architecture];
    if (part === undefined) continue;
    const path = architecture === undefined ? [] : [architecture];
    if (architecture && value.architectures && !value.architectures.includes(architecture)) {
      diagnostics.push({
        message: `the recipe is not for ${architecture}`,
        span: yaml.span(path, 'key'),
        help: `take the block away, or add ${architecture} to 'architectures'`,
      });
    }
    diagnostics.push(...checkPart(written, context, part, path));
  }
  return diagnostics;
}

function checkPart(
  written: WrittenRecipe,
  context: RecipeContext,
  part: Part,
  path: YamlPath,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const source = part.source;
  if (source && 'local' in source) {
    const at = [...path, 'source', 'local'];
    diagnostics.push(...checkPath(written, context, at, source.local, 'folder'));
  }
  for (const [index, patch] of (part.patches ?? []).entries()) {
    const at = [...path, 'patches', index, 'file'];
    diagnostics.push(...checkPath(written, context, at, patch.file, 'file'));
  }
  for (const [index, file] of (part.files ?? []).entries()) {
    const at = [...path, 'files', index, 'from'];
    if (file.recipe === undefined) {
      diagnostics.push(...checkPath(written, context, at, file.from, 'file or folder'));
    } else if (file.from.split('/').includes('..')) {
      const span = written.yaml.span(at);
      diagnostics.push({ message: `'${file.from}' leaves the output of ${file.recipe}`, span });
    }
  }
  diagnostics.push(...checkText(written, part, path));
  for (const [name, input] of Object.entries(context.system?.inputs ?? {})) {
    if (input.type !== 'words') continue;
    const words = (part as Record<string, unknown>)[name] as string[] | undefined;
    for (const [index, word] of (words ?? []).entries()) {
      diagnostics.push(...checkWord(written, [...path, name, index], word));
    }
  }
  return diagnostics;
}

function checkText(written: WrittenRecipe, part: Part, path: YamlPath): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const attempt = (field: 'expect' | 'cmdline', action: () => unknown, what: string) => {
    try {
      action();
    } catch (error) {
      const message = `${what}: ${(error as Error).message.replace(/^Invalid.*\/: /, '')}`;
      diagnostics.push({ message, span: written.yaml.span([...path, field]) });
    }
  };
  const { expect, cmdline } = part;
  if (expect !== undefined) {
    attempt('expect', () => new RegExp(expect), 'this is no regular expression');
  }
  if (cmdline !== undefined) {
    attempt('cmdline', () => splitWords(cmdline), 'this cannot be split into words');
  }
  return diagnostics;
}

function checkWord(written: WrittenRecipe, path: YamlPath, word: string): Diagnostic[] {
  const names = Object.keys(engineValues);
  return namesInWord(word)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      message: `there is no value '${name}'`,
      span: written.yaml.span(path),
      help: suggestion(name, names, 'values'),
    }));
}

/** A path that a recipe names: inside of the tree, also behind symbolic links, and there. */
function checkPath(
  { yaml }: WrittenRecipe,
  context: RecipeContext,
  path: YamlPath,
  value: string,
  kind: 'file' | 'folder' | 'file or folder',
): Diagnostic[] {
  const target = resolve(dirname(yaml.file), value);
  const leaves = (message: string): Diagnostic[] => [
    {
      message,
      span: yaml.span(path),
      help: `keep the file below ${context.tree}, so that the recipe works in any checkout`,
    },
  ];
  if (!isInside(context.tree, target)) return leaves(`'${value}' leaves the tree of the recipe`);
  if (!existsSync(target)) {
    return [{ message: `there is no ${kind} '${value}'`, span: yaml.span(path) }];
  }
  if (!isInside(realpathSync(context.tree), realpathSync(target))) {
    return leaves(`'${value}' leaves the tree of the recipe through a symbolic link`);
  }
  const stat = statSync(target);
  const fits = (stat.isFile() && kind !== 'folder') || (stat.isDirectory() && kind !== 'file');
  return fits ? [] : [{ message: `'${value}' is no ${kind}`, span: yaml.span(path) }];
}

function isInside(tree: string, path: string): boolean {
  const steps = relative(tree, path);
  return steps !== '..' && !steps.startsWith(`..${sep}`);
}
