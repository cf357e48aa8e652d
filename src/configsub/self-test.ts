import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type Answer, ask } from './ask.js';
import { withScratchTree } from './copy-files.js';
import { type Copy, findCopies } from './find-copies.js';
import { isRight } from './find-patch.js';
import type { ConfigSubPatch } from './patch.js';
import { type PatchedFile, patchCopies } from './patch-tree.js';
import { referenceNames, referenceTriples } from './reference-triples.js';
import type { Name, System } from './target-system.js';

/** What patching did to one config.sub, tried on a copy of it. */
export interface TestedFile extends PatchedFile {
  /** Our triples: its answers before and after. */
  ours: (Name & { before: Answer; after: Answer; right: boolean })[];
  referenceTriples: {
    compared: number;
    /** How many of them this copy knows. */
    accepted: number;
    /** Those to which it gives another answer than before. */
    differences: { name: string; before: Answer; after: Answer }[];
  };
  /** Patching it a second time changed nothing, and the first kept its mode. */
  stable: boolean;
  passed: boolean;
}

/**
 * Tries patching on copies of a tree's config.sub files: our triples have to get the right answers, every
 * reference triple has to get the same answer as before, and patching again has to change nothing. The
 * tree itself is only read. In the order of paths, without config.guess.
 */
export async function selfTestTree(
  tree: string,
  systems: readonly System[],
  signal?: AbortSignal,
): Promise<TestedFile[]> {
  const copies = await findCopies(tree, signal);
  return withScratchTree(copies, async (scratch) => {
    const moved = copies.map((copy) => ({ ...copy, file: join(scratch, copy.path) }));
    const before = await survey(moved, systems, signal);
    const patched = await patchCopies(moved, systems, { signal });
    const after = await survey(moved, systems, signal);
    await patchCopies(moved, systems, { signal });
    const again = await Promise.all(moved.map((copy) => fingerprint(copy.file)));

    return patched
      .map((file, index): TestedFile => {
        const result = compare(systems, file.patch, before[index]!, after[index]!);
        const [was, is] = [before[index]!, after[index]!];
        const stable = is.fingerprint === again[index] && was.mode === is.mode;
        const passed =
          file.action !== 'unsafe' &&
          stable &&
          result.ours.every((each) => each.right) &&
          result.referenceTriples.accepted > 0 &&
          result.referenceTriples.differences.length === 0;
        return { ...file, ...result, file: copies[index]!.file, stable, passed };
      })
      .filter((file) => file.kind !== 'config.guess');
  });
}

interface Surveyed {
  ours: Answer[];
  referenceTriples: Answer[];
  fingerprint: string;
  mode: number;
}

function survey(
  copies: readonly Copy[],
  systems: readonly System[],
  signal?: AbortSignal,
): Promise<Surveyed[]> {
  const limit = pLimit(availableParallelism());
  const given = systems.flatMap((system) => system.triples.map((name) => name.given));
  return Promise.all(
    copies.map((copy) =>
      limit(async () => {
        const names = copy.kind === 'config.sub' ? [...given, ...referenceNames] : [];
        const answers = await ask(copy.file, names, { signal });
        return {
          ours: answers.slice(0, given.length),
          referenceTriples: answers.slice(given.length),
          fingerprint: await fingerprint(copy.file),
          mode: (await lstat(copy.file)).mode,
        };
      }),
    ),
  );
}

async function fingerprint(file: string): Promise<string> {
  const status = await lstat(file);
  const content = await readFile(file).catch(() => '');
  const hash = createHash('sha256').update(content).digest('hex');
  return `${hash} ${status.mode} ${status.mtimeMs}`;
}

function compare(
  systems: readonly System[],
  patch: ConfigSubPatch | undefined,
  before: Surveyed,
  after: Surveyed,
) {
  // Where the copy was too old for our processor, all names of the added pair were rejected for
  // it; now they are looked at further, and may come out valid unless they are invalid anyway.
  const isNewlyKnown = (name: string) =>
    patch?.machines.some((machine) => name.startsWith(`${machine}-`)) ?? false;
  const isSame = (name: string, was: Answer, is: Answer) =>
    isNewlyKnown(name)
      ? is.status !== 0 || !referenceTriples.invalid!.includes(name)
      : was.status === is.status && was.output === is.output;
  const names = systems.flatMap((system) => system.triples);
  return {
    // A file that could not be asked has no answers.
    ours: after.ours.map((answer, index) => ({
      ...names[index]!,
      before: before.ours[index]!,
      after: answer,
      right: isRight(names[index]!, answer),
    })),
    referenceTriples: {
      compared: after.referenceTriples.length,
      accepted: after.referenceTriples.filter((answer) => answer.status === 0).length,
      differences: after.referenceTriples.flatMap((answer, index) => {
        const was = before.referenceTriples[index]!;
        const name = referenceNames[index]!;
        return isSame(name, was, answer) ? [] : [{ name, before: was, after: answer }];
      }),
    },
  };
}
