import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type AskOptions, ask, syntaxError } from './ask.js';
import { applyPatch, type ConfigSubPatch } from './patch.js';
import type { Name, System } from './target-system.js';

/**
 * Finds the patch that makes a text give the right answers, by asking what it rejects and why: it
 * rejects machines before systems, so a copy that knows neither takes two rounds.
 */
export async function findPatch(
  original: string,
  systems: readonly System[],
  options: AskOptions = {},
): Promise<{ text: string; patch: ConfigSubPatch } | { reason: string }> {
  const names = systems.flatMap((system) => system.triples);
  const patch = { systems: new Set<string>(), machines: new Set<string>() };
  const folder = await mkdtemp(join(tmpdir(), 'stubforge-config-sub-'));
  const candidate = join(folder, 'config.sub');
  try {
    for (let round = 0; round <= 3; round++) {
      const asLists = { systems: [...patch.systems], machines: [...patch.machines] };
      const patched = applyPatch(original, asLists);
      if ('reason' in patched) return patched;
      await writeFile(candidate, patched.text, 'latin1');
      const broken = await syntaxError(candidate);
      if (broken) return { reason: `is not a valid shell script: ${broken}` };
      const answers = await askNames(candidate, names, options);
      const wrong = names.flatMap((name, index) =>
        isRight(name, answers[index]!) ? [] : [{ name, answer: answers[index]! }],
      );
      if (wrong.length === 0) return { text: patched.text, patch: asLists };
      const known = patch.systems.size + patch.machines.size;
      for (const { name, answer } of wrong) {
        const what = /\b(machine|system|OS)\b.*not recognized/.exec(answer.output)?.[1];
        const words = name.given.split('-');
        if (answer.status === 0 || what === undefined) {
          return { reason: firstRejection(names, answers) };
        }
        if (what === 'machine') patch.machines.add(words.slice(0, 2).join('-'));
        else patch.systems.add(words.slice(2).join('-'));
      }
      if (patch.systems.size + patch.machines.size === known) {
        return { reason: `${firstRejection(names, answers)}, even when patched` };
      }
    }
    return { reason: 'rejects something else each time it is patched' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function askNames(script: string, names: readonly Name[], options?: AskOptions) {
  const given = names.map((name) => name.given);
  return ask(script, given, options);
}

/** Whether the answer is the name's canonical form and nothing else. */
export function isRight(name: Name, answer: Answer): boolean {
  return answer.status === 0 && answer.output === name.canonical;
}

/** The first name with a wrong answer, and that answer. */
export function firstRejection(names: readonly Name[], answers: readonly Answer[]): string {
  const index = names.findIndex((name, position) => !isRight(name, answers[position]!));
  const { output } = answers[index]!;
  return `answers ${names[index]!.given} with: ${output.split('\n')[0] || 'nothing'}`;
}
