/** The hand-written cases: their records on two machines, and what differs between these. */
import type { Machine, Said } from './machines.js';

/** What a case wrote down: its answers by what they answer, in order, and how it ended. */
export interface CaseRecord {
  answers: Map<string, string>;
  ending: 'done' | Exclude<Said['ending'], 'end'>;
}

export interface Difference {
  case: string;
  /** The call, as it stands in the source; a second one alike is told apart by ` #2`. */
  what: string;
  linux: string;
  nub: string;
}

/** Stands for an answer that there is not. */
const nothing = 'nothing';

/**
 * Runs all cases. One that ends the program, or hangs, costs no other: the machine is started again
 * with the next one, which `names` says where they are known already.
 */
export async function runCases(
  machine: Machine,
  names?: readonly string[],
): Promise<Map<string, CaseRecord>> {
  const records = new Map<string, CaseRecord>();
  let next = names?.[0];
  for (;;) {
    const said = await machine.run(next === undefined ? ['cases'] : ['cases', next]);
    const seen = readRecords(said);
    for (const [name, record] of seen) records.set(name, record);
    const last = [...seen.keys()].at(-1);
    if (said.ending === 'end') return records;
    if (last === undefined) {
      throw new Error(`${machine.name} began no case: ${said.lines.slice(-5).join('\n')}`);
    }
    next = names?.[names.indexOf(last) + 1];
    if (next === undefined) return records;
  }
}

/** The records in what a program said, in order; the last one may have stayed without an end. */
export function readRecords(said: Said): Map<string, CaseRecord> {
  const records = new Map<string, CaseRecord>();
  let current: CaseRecord | undefined;
  for (const line of said.lines) {
    const start = /^case (.+)$/.exec(line);
    if (start) {
      const ending = said.ending === 'end' ? 'stopped' : said.ending;
      current = { answers: new Map(), ending };
      records.set(start[1]!, current);
    } else if (line.startsWith('done ')) {
      if (current) current.ending = 'done';
      current = undefined;
    } else if (current) {
      const answer = /^ {2}(.*) = (.*)$/.exec(line);
      if (answer) current.answers.set(free(current.answers, answer[1]!), answer[2]!);
    }
  }
  return records;
}

function free(answers: ReadonlyMap<string, string>, what: string): string {
  if (!answers.has(what)) return what;
  let count = 2;
  while (answers.has(`${what} #${count}`)) count++;
  return `${what} #${count}`;
}

/**
 * What differs. Of a case that went no further, be it that it ended there or that it gave up, only the
 * first missing answer is told, with how it ended in its place.
 */
export function compareCases(
  linux: ReadonlyMap<string, CaseRecord>,
  nub: ReadonlyMap<string, CaseRecord>,
): Difference[] {
  const differences: Difference[] = [];
  for (const [name, reference] of linux) {
    const record = nub.get(name) ?? { answers: new Map<string, string>(), ending: 'stopped' };
    let ended = false;
    for (const [what, answer] of reference.answers) {
      const other = record.answers.get(what);
      if (other === answer || (other === undefined && ended)) continue;
      ended ||= other === undefined;
      const seen = other ?? (record.ending === 'done' ? nothing : record.ending);
      differences.push({ case: name, what, linux: answer, nub: seen });
    }
    for (const [what, answer] of record.answers) {
      if (reference.answers.has(what)) continue;
      differences.push({ case: name, what, linux: nothing, nub: answer });
    }
    if (record.ending !== 'done' && !ended) {
      differences.push({ case: name, what: 'the end', linux: 'done', nub: record.ending });
    }
  }
  return differences;
}
