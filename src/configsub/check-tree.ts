import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { Answer } from './ask.js';
import { type Copy, findCopies } from './find-copies.js';
import { askNames, isRight } from './find-patch.js';
import type { Name, System } from './target-system.js';

/** One copy's answer to each of the triples; a config.guess is not asked. */
export interface CheckedFile extends Copy {
  answers: (Name & Answer & { accepted: boolean })[];
}

/** Asks every config.sub of a tree for the triples, and changes nothing. In the order of paths. */
export async function checkTree(
  tree: string,
  systems: readonly System[],
  signal?: AbortSignal,
): Promise<CheckedFile[]> {
  const names = systems.flatMap((system) => system.triples);
  const limit = pLimit(availableParallelism());
  const copies = await findCopies(tree, signal);
  return Promise.all(
    copies.map((copy) =>
      limit(async () => {
        if (copy.kind !== 'config.sub') return { ...copy, answers: [] };
        const answers = await askNames(copy.file, names, { signal });
        return {
          ...copy,
          answers: names.map((name, index) => ({
            ...name,
            ...answers[index]!,
            accepted: isRight(name, answers[index]!),
          })),
        };
      }),
    ),
  );
}

/** Whether a file keeps the triples from working: it rejects one, or cannot be asked. */
export function isRejecting(file: CheckedFile): boolean {
  return file.kind === 'unrecognised' || file.answers.some((answer) => !answer.accepted);
}
