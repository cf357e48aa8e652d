/** config.sub scripts in unpacked sources: whether they know our triples, and making them. */
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type CheckedFile, checkTree, isRejecting } from '../configsub/check-tree.js';
import type { Copy } from '../configsub/find-copies.js';
import { type PatchedFile, type PatchOptions, patchTree } from '../configsub/patch-tree.js';
import { selfTestTree, type TestedFile } from '../configsub/self-test.js';
import { type System, systemsOf, systemsOfTriples } from '../configsub/target-system.js';
import { toolchainNamed } from '../toolchain/find-toolchain.js';
import { loadToolchains } from '../toolchain/load-toolchains.js';
import { UserError } from '../util/diagnostic.js';
import type { Session } from './session.js';

/** Which triples are meant; all toolchains' where neither is named. */
export interface TripleChoice {
  /** Toolchains' names, for all triples of these. */
  toolchains?: readonly string[];
  /** Triples, as they are written: `<cpu>-<vendor>-<os>`. */
  triples?: readonly string[];
}

export type PatchChoice = Pick<PatchOptions, 'replace' | 'dryRun' | 'diff'>;

/** The copies in all trees, in the order of trees and paths. */
export interface InTrees<File extends Copy> {
  /** Each with the tree as it was named; its `path` is relative to that folder, or the file's. */
  files: (File & { tree: string })[];
  /** The same with paths as a person would write them from the current folder. */
  shown: File[];
}

/**
 * Asks each config.sub of the trees (folders or single files) for the triples, and changes nothing;
 * `rejecting` counts the copies that reject one or that cannot be asked. Throws UserError for anything but a triple, for an
 * unknown toolchain, and where a tree cannot be read.
 */
export async function checkTrees(
  session: Session,
  trees: readonly string[],
  choice: TripleChoice = {},
): Promise<InTrees<CheckedFile> & { rejecting: number }> {
  const systems = systemsFor(session, choice);
  const found = await inEach(trees, (tree) => checkTree(tree, systems, session.signal));
  return { ...found, rejecting: found.files.filter(isRejecting).length };
}

/**
 * Makes each config.sub of the trees accept the triples; `unsafe` counts those that had to be left as they
 * were. Throws UserError as `checkTrees` does, and where a tree cannot be written.
 */
export async function patchTrees(
  session: Session,
  trees: readonly string[],
  { replace, dryRun, diff, ...choice }: TripleChoice & PatchChoice = {},
): Promise<InTrees<PatchedFile> & { unsafe: number }> {
  const systems = systemsFor(session, choice);
  const options = { replace, dryRun, diff, signal: session.signal };
  const found = await inEach(trees, (tree) => patchTree(tree, systems, options));
  return { ...found, unsafe: found.files.filter((file) => file.action === 'unsafe').length };
}

/**
 * Tries patching on copies of each config.sub of the trees, which are only read; `failed` counts those
 * that came out wrong. Throws UserError as `checkTrees` does.
 */
export async function testTrees(
  session: Session,
  trees: readonly string[],
  choice: TripleChoice = {},
): Promise<InTrees<TestedFile> & { failed: number }> {
  const systems = systemsFor(session, choice);
  const found = await inEach(trees, (tree) => selfTestTree(tree, systems, session.signal));
  return { ...found, failed: found.files.filter((file) => !file.passed).length };
}

/** What the copies are asked for; anything but a triple would be added to them as it stands. */
function systemsFor({ project }: Session, { toolchains, triples = [] }: TripleChoice): System[] {
  for (const triple of triples) {
    if (!/^[a-z0-9_]+-[a-z0-9_]+-[a-z][a-z0-9_]*$/.test(triple)) {
      throw new UserError(
        {
          id: 'cli.invalid-option',
          message: `'${triple}' is not a triple`,
          help: 'write <cpu>-<vendor>-<os>, e.g. x86_64-xen-stubdom',
        },
        2,
      );
    }
  }
  if (triples.length > 0 && !toolchains) return systemsOfTriples(triples);
  const known = loadToolchains(project);
  const chosen = toolchains?.map((name) => toolchainNamed(known, name)) ?? known;
  return systemsOfTriples([
    ...triples,
    ...triplesOf(systemsOf(chosen.map((each) => each.description))),
  ]);
}

const triplesOf = (systems: readonly System[]) =>
  systems.flatMap((system) => system.triples.map((name) => name.given));

/** Does the trees one after another. */
async function inEach<File extends Copy>(
  trees: readonly string[],
  work: (tree: string) => Promise<File[]>,
): Promise<InTrees<File>> {
  const files: (File & { tree: string })[] = [];
  const shown: File[] = [];
  for (const tree of trees) {
    const folder = resolve(tree);
    const found = await work(folder);
    const base = (await stat(folder)).isFile() ? dirname(tree) : tree;
    files.push(...found.map((file) => ({ ...file, tree })));
    shown.push(...found.map((file) => ({ ...file, path: join(base, file.path) })));
  }
  return { files, shown };
}
