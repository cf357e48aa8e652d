/** The differences that are known, as test/support/differential-differences.yaml has them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Difference } from './cases.js';

const reason = z.string().min(1);

const caseSchema = z.strictObject({
  why: reason,
  /** Words of a machine's name, all of which it must have; absent: on all machines. */
  only: z.string().optional(),
  /** By the call: `A, not B` where the kernel answers A, and Linux B; `any` where A varies. */
  answers: z.record(z.string(), z.string()),
});

const sequenceSchema = z.strictObject({
  why: reason,
  /** Patterns for the call, and for what each answers. */
  call: z.string(),
  linux: z.string().default(''),
  nub: z.string().default(''),
});

const tableSchema = z.strictObject({
  cases: z.record(z.string(), z.array(caseSchema)),
  sequences: z.array(sequenceSchema),
  /** Operations that sequences are made without, by name, and why. */
  without: z.record(z.string(), reason),
});

export type Table = z.infer<typeof tableSchema>;
export type SequenceRule = Table['sequences'][number];

export const tableFile = resolve(import.meta.dirname, '../differential-differences.yaml');

export function readTable(): Table {
  return tableSchema.parse(parse(readFileSync(tableFile, 'utf8')));
}

/** How the table writes a difference down. */
export const answerOf = ({ linux, nub }: Difference) => `${nub}, not ${linux}`;

/** Whether an entry is about a machine. */
export const isAbout = (machine: string, { only = '' }: { only?: string }) =>
  only.split(' ').every((word) => word === '' || machine.split(' ').includes(word));

/**
 * Holds what differs on a machine against the table. Gives what is wrong, for people: differences
 * that it does not have, and those that it has and that do not show.
 */
export function judgeCases(
  table: Table,
  machine: string,
  differences: readonly Difference[],
): string {
  const expected = new Map<string, string>();
  for (const [name, entries] of Object.entries(table.cases)) {
    for (const entry of entries.filter((each) => isAbout(machine, each))) {
      for (const [what, answer] of Object.entries(entry.answers)) {
        expected.set(keyOf(name, what), answer);
      }
    }
  }
  const unexpected = differences.filter((difference) => {
    const answer = expected.get(keyOf(difference.case, difference.what));
    return answer !== answerOf(difference) && answer !== 'any';
  });
  const shown = new Set(differences.map(({ case: name, what }) => keyOf(name, what)));
  const stale = [...expected].filter(([key, answer]) => answer !== 'any' && !shown.has(key));
  return [
    ...(unexpected.length > 0 ? [`Not as on Linux on ${machine}:`, describe(unexpected)] : []),
    ...stale.map(([key]) => `As on Linux on ${machine}, though the table says otherwise: ${key}`),
  ].join('\n');
}

const keyOf = (name: string, what: string) => `${name}: ${what}`;

/** Differences in the table's own form. */
function describe(differences: readonly Difference[]): string {
  const cases: Record<string, Record<string, string>> = {};
  for (const difference of differences) {
    cases[difference.case] ??= {};
    cases[difference.case]![difference.what] = answerOf(difference);
  }
  return stringify(cases, { lineWidth: 0 });
}

/** The rule that explains why two lines of a trace differ; none where they should not. */
export function ruleFor(
  table: Table,
  differing: { call: string; linux: string; nub: string },
): SequenceRule | undefined {
  return table.sequences.find(
    ({ call, linux, nub }) =>
      new RegExp(call).test(differing.call) &&
      new RegExp(linux).test(differing.linux) &&
      new RegExp(nub).test(differing.nub),
  );
}
