/**
 * A recipe as the rest of stubforge sees it: evaluated for one architecture, complete, immutable.
 * Nothing past this folder looks at YAML.
 */

import type { Limits } from '../sandbox/limits.js';
import type { SourceSpec } from '../source/source-spec.js';

export type RecipeKind = 'library' | 'program' | 'image' | 'tool';

/** A patch of ours to a foreign source: the file, relative to the recipe's, and what breaks without it. */
export interface Patch {
  file: string;
  reason: string;
}

/** A build system's inputs: each is a list of words, e.g. `configure: ['--disable-shared']`. */
export type BuildInputs = Readonly<Record<string, readonly string[]>>;

export interface ImageContent {
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

export interface Recipe {
  name: string;
  kind: RecipeKind;
  summary: string;
  /** The YAML file, absolute; patches and local files are relative to its folder. */
  file: string;
  /** Absent for images only. */
  source?: SourceSpec;
  /** A folder, absolute, whose files are copied over the unpacked source. */
  overlay?: string;
  /** A file name in `recipes/build-systems/`, without `.yaml`. Absent for images only. */
  build?: string;
  inputs: BuildInputs;
  /** Names of the recipes whose outputs it sees in its sysroot. */
  needs: readonly string[];
  /** Names of commands of the build machine beyond the build system's own, e.g. `bison`. */
  buildTools: readonly string[];
  patches: readonly Patch[];
  /** Extra environment for all phases. */
  environment: Readonly<Record<string, string>>;
  /** Checked after the build; a missing one fails it. */
  provides: {
    pkgconfig: readonly string[];
    libraries: readonly string[];
    headers: readonly string[];
    files: readonly string[];
  };
  /** What its build may take of the machine. They end a build and change nothing in its output. */
  limits: Limits;
  /** Bytes of memory that its build needs at its peak; 0 where that is no matter. */
  buildMemory?: number;
  /** Part of a toolchain: built with the bare compiler, before the toolchain is complete. */
  bootstrap: boolean;
  image?: ImageContent;
}
