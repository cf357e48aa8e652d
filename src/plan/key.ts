import { dirname, relative } from 'node:path';
import { canonicalJson, sha256 } from '../util/hash.js';
import type { Unit } from './unit.js';

/**
 * Raised when stubforge itself changes in a way that changes outputs: what happens between
 * unpacking a source and keeping its output.
 */
const BUILDER_VERSION = '2';

/** What the planner cannot see from the recipe: hashes of things outside of it. */
export interface KeyInputs {
  /** The unpacked source's identity; absent for images. */
  source?: string;
  /** File name to SHA-256, for patches, overlays and an image's local files. */
  files: Record<string, string>;
  /** Content hashes of the outputs that the unit can see, by unit. */
  outputs: Record<string, string>;
  /** Compiler, wrappers and description; absent for tools and images. */
  toolchain?: string;
  /** The rules by which config.sub is taught; absent where there is no configure to run it. */
  gnuconfig?: string;
  /** Set where nothing encloses the build. */
  sandbox?: 'none';
}

export interface Key {
  key: string;
  parts: Record<string, string>;
}

/** The key of a unit, and the parts that it was made of, so that a change can be named. */
export function unitKey(unit: Unit, inputs: KeyInputs): Key {
  const { recipe } = unit;
  const short = (value: unknown) => sha256(canonicalJson(value)).slice(0, 16);
  const parts: Record<string, string> = {
    // The name is in the paths that compilers see, so it may end up in outputs.
    unit: unit.name,
    builder: BUILDER_VERSION,
    // The summary is for people. The folder of the recipe is no part either: the checkout may move.
    recipe: short({
      ...recipe,
      summary: undefined,
      file: undefined,
      source: undefined,
      overlay: recipe.overlay && relative(dirname(recipe.file), recipe.overlay),
      patches: recipe.patches.map((patch) => relative(dirname(recipe.file), patch.file)),
    }),
  };
  // Phases are shell text: any edit can change what is built.
  if (unit.buildSystem) {
    parts['build system'] = short({ ...unit.buildSystem, summary: undefined, file: undefined });
  }
  if (inputs.source) parts.source = inputs.source;
  if (inputs.toolchain) parts.toolchain = inputs.toolchain;
  if (inputs.gnuconfig) parts['config.sub rules'] = inputs.gnuconfig;
  // What was built without a sandbox may hold more than its inputs, and never passes for clean.
  if (inputs.sandbox) parts.sandbox = inputs.sandbox;
  for (const [name, hash] of Object.entries(inputs.files)) parts[`file ${name}`] = hash;
  // By content, not by key: a dependency that was rebuilt to the same bytes changes nothing here.
  for (const [name, hash] of Object.entries(inputs.outputs)) parts[`output of ${name}`] = hash;
  return { key: sha256(canonicalJson(parts)), parts };
}

/** The names of the parts in which two keys differ. */
export function changedParts(
  before: Record<string, string>,
  after: Record<string, string>,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}
