/**
 * Writes the cases of the table of differences again, from what differs now. Reasons stay with what
 * they are given for; what is new gets its case's, or one that a person has to replace.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { isMap, parseDocument } from 'yaml';
import type { Difference } from './cases.js';
import { answerOf, isAbout, readTable, type Table, tableFile } from './table.js';

const unexplained = 'not yet: unexplained';

export async function updateTable(runs: ReadonlyMap<string, readonly Difference[]>): Promise<void> {
  const document = parseDocument(await readFile(tableFile, 'utf8'));
  document.set('cases', document.createNode(casesFrom(readTable(), runs)));
  const cases = document.get('cases');
  if (isMap(cases))
    for (const { key } of cases.items.slice(1)) Object.assign(key as object, { spaceBefore: true });
  await writeFile(tableFile, document.toString({ lineWidth: 0, singleQuote: true }));
}

/** The new cases, in the order in which the program has them. */
export function casesFrom(
  table: Table,
  runs: ReadonlyMap<string, readonly Difference[]>,
): Table['cases'] {
  const machines = [...runs.keys()];
  // What each machine answers, by case and call.
  const seen = new Map<string, { difference: Difference; machines: string[] }>();
  for (const [machine, differences] of runs) {
    for (const difference of differences) {
      const key = JSON.stringify([difference.case, difference.what, answerOf(difference)]);
      const entry = seen.get(key) ?? { difference, machines: [] };
      entry.machines.push(machine);
      seen.set(key, entry);
    }
  }
  const cases: Table['cases'] = {};
  for (const { difference, machines: those } of seen.values()) {
    const known = (table.cases[difference.case] ?? []).filter(
      (entry) => entry.why !== unexplained && those.some((machine) => isAbout(machine, entry)),
    );
    const same = known.find(({ answers }) => difference.what in answers);
    const varies = same?.answers[difference.what] === 'any';
    const why = (same ?? known[0])?.why ?? unexplained;
    const scopes =
      varies || those.length === machines.length ? [undefined] : scopesOf(those, machines);
    cases[difference.case] ??= [];
    const entries = cases[difference.case]!;
    for (const only of scopes) {
      let entry = entries.find((each) => each.why === why && each.only === only);
      if (!entry) {
        entry = { why, ...(only ? { only } : {}), answers: {} };
        entries.push(entry);
      }
      entry.answers[difference.what] = varies ? 'any' : answerOf(difference);
    }
  }
  return cases;
}

/** The words that say which machines are meant: an architecture or a lab where that is enough. */
function scopesOf(those: readonly string[], machines: readonly string[]): string[] {
  const words = new Set(machines.flatMap((machine) => machine.split(' ')));
  const word = [...words].find((each) =>
    machines.every((machine) => machine.split(' ').includes(each) === those.includes(machine)),
  );
  return word ? [word] : [...those];
}
