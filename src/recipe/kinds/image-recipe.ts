/** Recipes of bootable images. */
import { splitWords } from '../../util/split-words.js';
import type { WrittenImage, WrittenImagePart } from '../recipe-schema.js';
import { bytes } from '../written-limits.js';

export interface ImageRecipe {
  name: string;
  kind: 'image';
  summary: string;
  /** The YAML file, absolute. */
  file: string;
  program: { recipe: string; file: string };
  /** `from` is a path relative to the recipe's file, or in the output of `recipe`. */
  files: readonly { from: string; to: string; recipe?: string; mode?: number }[];
  /** In bytes. */
  memory: number;
  /** The default arguments, already split into words; argv[0] is the program's name. */
  arguments: readonly string[];
  /** A regular expression that the console must show for a boot to count as passed. */
  expect?: string;
}

const defaultMemory = '64MiB';

export function evaluateImage(
  file: string,
  value: WrittenImage,
  block: WrittenImagePart,
): ImageRecipe {
  return {
    name: value.name,
    kind: value.kind,
    summary: value.summary,
    file,
    program: block.program ?? value.program,
    files: [...(value.files ?? []), ...(block.files ?? [])].map(({ mode, ...rest }) => ({
      ...rest,
      ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }),
    })),
    memory: bytes(block.memory ?? value.memory ?? defaultMemory),
    arguments: splitWords(block.cmdline ?? value.cmdline ?? ''),
    expect: block.expect ?? value.expect,
  };
}
