import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { type AskOptions, guess } from './ask.js';
import { replaceContent, withScratchTree } from './copy-files.js';
import { type Copy, findCopies } from './find-copies.js';
import { askNames, findPatch, firstRejection, isRight } from './find-patch.js';
import { type MachineCopy, machinePackage, newestOnMachine } from './machine-copy.js';
import type { ConfigSubPatch } from './patch.js';
import type { System } from './target-system.js';
import { unifiedDiff } from './unified-diff.js';

export interface PatchOptions extends AskOptions {
  /**
   * Replaces a copy that cannot be patched by the machine's newest, and so a config.guess that is beside
   * it or does not recognise this machine.
   */
  replace?: boolean;
  /** Where `replace` looks for this machine's copies, instead of `/usr/share`. */
  share?: string;
  /** Works on copies to find out what would happen, and leaves the tree as it is. */
  dryRun?: boolean;
  /** Fills in `diff`. */
  diff?: boolean;
}

/** What was done to one copy. */
export interface PatchedFile extends Copy {
  /**
   * `accepted`: it needed nothing; `patched`: what was missing was added; `replaced`: by the machine's
   * newest, patched where needed; `unsafe`: left as it was, for `reason`.
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
 * Makes every config.sub of a tree accept the systems, and proves by running each that it gives the right
 * answers for their triples; a copy for which that cannot be proved stays as it was, byte for byte. Copies
 * that already accept the triples are not touched, so a second call changes nothing. Mode, times and
 * symbolic links are kept.
 *
 * One result per copy, in the order of paths; none in a tree without any. Throws UserError where the
 * tree cannot be read or written.
 */
export async function patchTree(
  tree: string,
  systems: readonly System[],
  options: PatchOptions = {},
): Promise<PatchedFile[]> {
  const copies = await findCopies(tree, options.signal);
  return options.dryRun
    ? withScratchTree(copies, async (scratch) => {
        const moved = copies.map((copy) => ({ ...copy, file: join(scratch, copy.path) }));
        const results = await patchCopies(moved, systems, options);
        return results.map((result, index) => ({ ...result, file: copies[index]!.file }));
      })
    : patchCopies(copies, systems, options);
}

/** Patches copies that were found; results in the order of `copies`. */
export async function patchCopies(
  copies: readonly Copy[],
  systems: readonly System[],
  options: PatchOptions,
): Promise<PatchedFile[]> {
  const limit = pLimit(availableParallelism());
  const results = new Map<string, PatchedFile>();
  const visit = (some: readonly Copy[]) =>
    Promise.all(
      some.map((copy) =>
        limit(async () => results.set(copy.path, await patchCopy(copy, systems, options))),
      ),
    );
  // A wrapper can only give the right answers once the script that it calls does.
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

async function patchCopy(
  copy: Copy,
  systems: readonly System[],
  options: PatchOptions,
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
    const found = await findPatch(before, systems, options);
    if ('text' in found) {
      await replaceContent(copy.file, found.text);
      const diff = options.diff ? await unifiedDiff(copy.path, before, found.text) : undefined;
      return { ...copy, action: 'patched', patch: found.patch, diff };
    }
    reason = found.reason;
  }
  return options.replace && basename(copy.path).endsWith('.sub')
    ? replaceSub(copy, systems, reason ?? '', options)
    : { ...copy, action: 'unsafe', reason };
}

async function replaceSub(
  copy: Copy,
  systems: readonly System[],
  reason: string,
  options: PatchOptions,
): Promise<PatchedFile> {
  const newest = await newestOnMachine('config.sub', options.share);
  const refusal = refuse(copy, newest);
  if (!newest || refusal) return { ...copy, action: 'unsafe', reason: `${reason}; ${refusal}` };
  const found = await findPatch(newest.text, systems, options);
  if ('reason' in found) {
    return { ...copy, action: 'unsafe', reason: `${reason}; ${newest.file} ${found.reason}` };
  }
  return finishReplacing({ ...copy, reason }, newest, found.text, options, found.patch);
}

async function replaceGuess(copy: Copy, options: PatchOptions): Promise<PatchedFile> {
  const newest = await newestOnMachine('config.guess', options.share);
  // Beside a replaced config.sub an equally new or newer one simply stays.
  if (!newest || refuse(copy, newest)) return { ...copy, action: 'accepted' };
  return finishReplacing(copy, newest, newest.text, options);
}

/** Why the machine's newest may not replace a copy, or undefined. */
function refuse(copy: Copy, newest: MachineCopy | undefined): string | undefined {
  if (!newest) return `this machine has no newer copy (the package ${machinePackage} contains one)`;
  return copy.timestamp && copy.timestamp >= newest.timestamp
    ? `this machine's newest, ${newest.file} of ${newest.timestamp}, is not newer`
    : undefined;
}

async function finishReplacing(
  copy: Copy,
  newest: MachineCopy,
  text: string,
  options: PatchOptions,
  patch?: ConfigSubPatch,
): Promise<PatchedFile> {
  const before = await readFile(copy.file, 'latin1').catch(() => '');
  await replaceContent(copy.file, text);
  const by = { file: newest.file, timestamp: newest.timestamp };
  const diff = options.diff ? await unifiedDiff(copy.path, before, text) : undefined;
  return { ...copy, action: 'replaced', by, patch, diff };
}
