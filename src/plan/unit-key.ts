import { dirname, relative } from 'node:path';
import { artifactKind } from '../artifacts/kinds.js';
import { type BuiltRecipe, isBuilt, type Recipe } from '../recipe/recipe.js';
import { canonicalJson, sha256 } from '../util/hash.js';
import { isBuiltUnit, type Unit } from './unit.js';

/**
 * Raised when stubforge itself changes in a way that changes outputs: what happens between
 * unpacking a source and keeping its output. Unpacking, patching config.sub, writing a prefix and
 * making an artifact have versions of their own, each with what it does.
 */
const BUILDER_VERSION = '3';

/** What the planner cannot see from the recipe: hashes and versions of things outside of it. */
export interface KeyInputs {
  /** The unpacked source's identity; absent for artifacts. */
  source?: string;
  /** File name to SHA-256, for patches, overlays and an artifact's local files. */
  files: Readonly<Record<string, string>>;
  /** Content hashes of the outputs that the unit can see, by unit. */
  outputs: Readonly<Record<string, string>>;
  /** What describes the compiler, the wrappers and the flags, by name; absent for tools and artifacts. */
  toolchain?: Readonly<Record<string, string>>;
  /** The programs of the build machine that the unit's build runs, each with its version. */
  buildTools?: Readonly<Record<string, string>>;
  /** The rules by which config.sub is patched; absent where there is no configure to run it. */
  configSub?: string;
  /** Set where nothing encloses the build. */
  sandbox?: 'none';
  /** The version of what makes artifacts of its kind; absent for what is built. */
  producer?: string;
}

export interface Key {
  key: string;
  /** Names to short texts or hashes: all that can change the output. */
  parts: Record<string, string>;
}

/**
 * The key of a unit, and the parts that it was made of, so that a change can be named. Parts are
 * values where these are short enough to be read, and hashes otherwise.
 */
export function unitKey(unit: Unit, inputs: KeyInputs): Key {
  const parts: Record<string, string> = {
    // The name is in the paths that compilers see, so it may end up in outputs. It also tells the
    // architecture.
    unit: unit.name,
    // What is done around the phases: their environment, how a sysroot is made up, what is left out
    // of what they installed.
    builder: BUILDER_VERSION,
    ...recipeParts(unit.recipe),
  };
  if (isBuiltUnit(unit)) {
    // Phases are shell text: any edit can change what is built.
    for (const { name, run } of unit.buildSystem.phases) parts[`phase ${name}`] = run;
    // Their order, and the folder that they run in.
    parts['order of phases'] = unit.buildSystem.phases.map((phase) => phase.name).join(' ');
    parts['built in its source'] = String(unit.buildSystem.inTree);
  }
  if (inputs.source) parts.source = inputs.source;
  for (const [name, value] of Object.entries(inputs.toolchain ?? {})) {
    parts[`toolchain: ${name}`] = value;
  }
  // Another version of sed may edit in another way, a newer meson may write other flags.
  for (const [name, version] of Object.entries(inputs.buildTools ?? {})) {
    parts[`build tool ${name}`] = version;
  }
  if (inputs.configSub) parts['config.sub rules'] = inputs.configSub;
  // What was built without a sandbox may hold more than its inputs, and never counts as clean.
  if (inputs.sandbox) parts.sandbox = inputs.sandbox;
  if (inputs.producer) parts[`making of ${unit.recipe.kind}s`] = inputs.producer;
  for (const [name, hash] of Object.entries(inputs.files)) parts[`file ${name}`] = hash;
  // By content, not by key: a dependency that was rebuilt to the same bytes changes nothing here.
  // What a unit needs is in its key by this alone; so is whether it sees the kernel or, as
  // libraries do, no more than the kernel's symbols.
  for (const [name, hash] of Object.entries(inputs.outputs)) parts[`output of ${name}`] = hash;
  return { key: sha256(canonicalJson(parts)), parts };
}

/** The fields of an evaluated recipe that can change its output. */
function recipeParts(recipe: Recipe): Record<string, string> {
  const fields = isBuilt(recipe) ? builtFields(recipe) : artifactKind(recipe).keyParts(recipe);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      `field ${name}`,
      typeof value === 'string' ? value : canonicalJson(value),
    ]),
  );
}

/**
 * Left out are those that cannot change it: the summary, the reasons of patches, where the file lies,
 * and limits, which end a build or change nothing; and those whose effect has a part of its own:
 * source, needs, build-tools, build.
 */
function builtFields(recipe: BuiltRecipe): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, words] of Object.entries(recipe.inputs)) {
    if (words.length > 0) fields[name] = words;
  }
  for (const [name, value] of Object.entries(recipe.environment)) {
    fields[`environment.${name}`] = value;
  }
  // Their contents are parts too; this is their order.
  if (recipe.patches.length > 0) {
    fields.patches = recipe.patches.map((patch) => relative(dirname(recipe.file), patch.file));
  }
  // A promise changes no byte, but only a build checks it.
  const provides = Object.entries(recipe.provides).filter(([, names]) => names.length > 0);
  if (provides.length > 0) fields.provides = Object.fromEntries(provides);
  return fields;
}

/** The names of the parts in which two keys differ. */
export function changedParts(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}
