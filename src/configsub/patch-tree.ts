import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { type AskOptions, guess } from './ask.js';
import { type Copy, findCopies } from './find-copies.js';
import { askNames, findPatch, firstRejection, isRight } from './find-patch.js';
import { type MachineCopy, machinePackage, newestOnMachine } from './machine-copy.js';
import type { ConfigSubPatch } from './patch.js';
import { withScratchTree } from './scratch-copy.js';
import type { System } from './target-system.js';
import { unifiedDiff } from './unified-diff.js';
import { replaceContent } from './write-copy.js';

export { describePatched } from './report.js';

export interface TeachOptions extends AskOptions {
  /**
   * Puts the machine's newest copy in the place of one that cannot be taught, and of a config.guess
   * beside it or that does not recognise this machine.
   */
  replace?: boolean;
  /** Where `replace` looks for this machine's copies, instead of `/usr/share`. */
  share?: string;
  /** Finds out what would happen, in copies, and leaves the tree as it is. */
  dryRun?: boolean;
  /** Fills in `diff`. */
  diff?: boolean;
}

/** What was done to one copy. */
export interface PatchedFile extends Copy {
  /**
   * `accepted`: it needed nothing; `patched`: it was taught; `replaced`: by the machine's newest,
   * taught where needed; `unsafe`: left as it was, for `reason`.
   */
  action: 'patched' | 'accepted' | 'unsafe' | 'replaced';
  /** Of `patched` and `replaced`. */
  patch?: ConfigSubPatch;
  /** Of `replaced`. */
  by?: { file: string; timestamp: string };
  /** Unified, of `patched` and `replaced`, where it was asked for. */
  diff?: string;
}

/**
 * Teaches every config.sub of a tree the systems, and proves by running each that their triples come
 * out as they should; a copy for which that cannot be proved stays what it was, byte for byte. Copies
 * that accept the triples already are not touched, so a second call changes nothing. Mode, times
 * and symbolic links are kept.
 *
 * One result a copy, in the order of paths; none in a tree without any. Throws UserError where the
 * tree cannot be read or written.
 */
export async function patchTree(
  tree: string,
  systems: readonly System[],
  options: TeachOptions = {},
): Promise<PatchedFile[]> {
  const copies = await findCopies(tree, options.signal);
  return options.dryRun
    ? withScratchTree(copies, async (scratch) => {
        const moved = copies.map((copy) => ({ ...copy, file: join(scratch, copy.path) }));
        const results = await teachCopies(moved, systems, options);
        return results.map((result, index) => ({ ...result, file: copies[index]!.file }));
      })
    : teachCopies(copies, systems, options);
}

/** Teaches copies that were found; results in the order of `copies`. */
export async function teachCopies(
  copies: readonly Copy[],
  systems: readonly System[],
  options: TeachOptions,
): Promise<PatchedFile[]> {
  const limit = pLimit(availableParallelism());
  const results = new Map<string, PatchedFile>();
  const visit = (some: readonly Copy[]) =>
    Promise.all(
      some.map((copy) =>
        limit(async () => results.set(copy.path, await teachCopy(copy, systems, options))),
      ),
    );
  // A wrapper can only answer rightly once that to which it hands on does.
  await visit(copies.filter((copy) => copy.kind === 'config.sub' && !copy.wraps));
  await visit(copies.filter((copy) => copy.kind !== 'config.sub' || copy.wraps));
  const replaced = [...results.values()].filter((each) => each.action === 'replaced');
  if (options.replace) {
    for (const copy of copies.filter((each) => each.kind === 'config.guess' && !each.wraps)) {
      const beside = replaced.some((each) => dirname(each.path) === dirname(copy.path));
      if (beside || (await guess(copy.file, options.signal)) === undefined) {
        results.set(copy.path, await replaceGuess(copy, options));
      }
    }
  }
  return copies.map((copy) => results.get(copy.path)!);
}

async function teachCopy(
  copy: Copy,
  systems: readonly System[],
  options: TeachOptions,
): Promise<PatchedFile> {
  if (copy.kind === 'config.guess') return { ...copy, action: 'accepted' };
  const names = systems.flatMap((system) => system.triples);
  let reason = copy.reason;
  if (copy.kind === 'config.sub') {
    const answers = await askNames(copy.file, names, options);
    if (names.every((name, index) => isRight(name, answers[index]!))) {
      return { ...copy, action: 'accepted' };
    }
    if (copy.wraps) {
      // Its own list of machines is its author's business, and replacing it would lose that.
      return { ...copy, action: 'unsafe', reason: firstRejection(names, answers) };
    }
    const before = await readFile(copy.file, 'latin1');
    const learned = await findPatch(before, systems, options);
    if ('text' in learned) {
      await replaceContent(copy.file, learned.text);
      const diff = options.diff ? await unifiedDiff(copy.path, before, learned.text) : undefined;
      return { ...copy, action: 'patched', patch: learned.patch, diff };
    }
    reason = learned.reason;
  }
  return options.replace && basename(copy.path).endsWith('.sub')
    ? replaceSub(copy, systems, reason ?? '', options)
    : { ...copy, action: 'unsafe', reason };
}

async function replaceSub(
  copy: Copy,
  systems: readonly System[],
  reason: string,
  options: TeachOptions,
): Promise<PatchedFile> {
  const host = await newestOnMachine('config.sub', options.share);
  const refusal = refuse(copy, host);
  if (!host || refusal) return { ...copy, action: 'unsafe', reason: `${reason}; ${refusal}` };
  const learned = await findPatch(host.text, systems, options);
  if ('reason' in learned) {
    return { ...copy, action: 'unsafe', reason: `${reason}; ${host.file} ${learned.reason}` };
  }
  return finishReplacing({ ...copy, reason }, host, learned.text, options, learned.patch);
}

async function replaceGuess(copy: Copy, options: TeachOptions): Promise<PatchedFile> {
  const host = await newestOnMachine('config.guess', options.share);
  // Beside a replaced config.sub an equally new or newer one simply stays.
  if (!host || refuse(copy, host)) return { ...copy, action: 'accepted' };
  return finishReplacing(copy, host, host.text, options);
}

/** Why the machine's newest may not take a copy's place, or undefined. */
function refuse(copy: Copy, host: MachineCopy | undefined): string | undefined {
  if (!host)
    return `this machine has no newer one, which the package ${machinePackage} would bring`;
  return copy.timestamp && copy.timestamp >= host.timestamp
    ? `this machine's newest, ${host.file} of ${host.timestamp}, is not newer`
    : undefined;
}

async function finishReplacing(
  copy: Copy,
  host: MachineCopy,
  text: string,
  options: TeachOptions,
  patch?: ConfigSubPatch,
): Promise<PatchedFile> {
  const before = await readFile(copy.file, 'latin1').catch(() => '');
  await replaceContent(copy.file, text);
  const by = { file: host.file, timestamp: host.timestamp };
  const diff = options.diff ? await unifiedDiff(copy.path, before, text) : undefined;
  return { ...copy, action: 'replaced', by, patch, diff };
}
