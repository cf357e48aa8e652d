import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type Answer, ask } from './ask.js';
import { established, establishedNames } from './established.js';
import { type Copy, findCopies } from './find.js';
import { isRight } from './learn.js';
import type { Lesson } from './lesson.js';
import { withScratchTree } from './scratch.js';
import type { Name, System } from './system.js';
import { type TaughtFile, teachCopies } from './teach.js';

/** What teaching did to one config.sub, tried on a copy of it. */
export interface TriedFile extends TaughtFile {
  /** Our triples: what it said before and says after. */
  ours: (Name & { before: Answer; after: Answer; right: boolean })[];
  established: {
    compared: number;
    /** How many of them this copy knows. */
    accepted: number;
    /** Those to which it gives another answer than before. */
    differences: { name: string; before: Answer; after: Answer }[];
  };
  /** Teaching it a second time changed nothing, and the first kept its mode. */
  stable: boolean;
  passed: boolean;
}

/**
 * Tries teaching on copies of a tree's config.sub files: our triples have to come out right, every
 * established name has to get the answer that it got before, and teaching again has to change
 * nothing. The tree itself is only read. In the order of paths, without config.guess.
 */
export async function tryTree(
  tree: string,
  systems: readonly System[],
  signal?: AbortSignal,
): Promise<TriedFile[]> {
  const copies = await findCopies(tree, signal);
  return withScratchTree(copies, async (scratch) => {
    const moved = copies.map((copy) => ({ ...copy, file: join(scratch, copy.path) }));
    const before = await survey(moved, systems, signal);
    const taught = await teachCopies(moved, systems, { signal });
    const after = await survey(moved, systems, signal);
    await teachCopies(moved, systems, { signal });
    const again = await Promise.all(moved.map((copy) => fingerprint(copy.file)));

    return taught
      .map((file, index): TriedFile => {
        const result = compare(systems, file.lesson, before[index]!, after[index]!);
        const [was, is] = [before[index]!, after[index]!];
        const stable = is.fingerprint === again[index] && was.mode === is.mode;
        const passed =
          file.action !== 'unsafe' &&
          stable &&
          result.ours.every((each) => each.right) &&
          result.established.accepted > 0 &&
          result.established.differences.length === 0;
        return { ...file, ...result, file: copies[index]!.file, stable, passed };
      })
      .filter((file) => file.kind !== 'config.guess');
  });
}

interface Surveyed {
  ours: Answer[];
  established: Answer[];
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
        const names = copy.kind === 'config.sub' ? [...given, ...establishedNames] : [];
        const answers = await ask(copy.file, names, { signal });
        return {
          ours: answers.slice(0, given.length),
          established: answers.slice(given.length),
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
  lesson: Lesson | undefined,
  before: Surveyed,
  after: Surveyed,
) {
  // Where the copy was too old for our processor, all names of the taught pair were rejected for
  // it; now they are looked at further, and may come out valid unless they are invalid anyway.
  const isNewlyKnown = (name: string) =>
    lesson?.machines.some((machine) => name.startsWith(`${machine}-`)) ?? false;
  const isSame = (name: string, was: Answer, is: Answer) =>
    isNewlyKnown(name)
      ? is.status !== 0 || !established.invalid!.includes(name)
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
    established: {
      compared: after.established.length,
      accepted: after.established.filter((answer) => answer.status === 0).length,
      differences: after.established.flatMap((answer, index) => {
        const was = before.established[index]!;
        const name = establishedNames[index]!;
        return isSame(name, was, answer) ? [] : [{ name, before: was, after: answer }];
      }),
    },
  };
}
