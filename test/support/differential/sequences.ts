/**
 * Made-up sequences of calls: those whose hashes differ are run once more, call by call, up to the
 * first call that differs. A call that the table knows of is left out, and the rest looked at again;
 * for one that it does not know, the shortest sequence that still shows it is looked for.
 */
import type { Machine } from './machines.js';
import { ruleFor, type SequenceRule, type Table } from './table.js';
import { readTraces, type Trace } from './traces.js';

/** A sequence, without the calls that are left out. */
interface Chosen {
  seed: number;
  length: number;
  without: readonly number[];
}

export interface Finding {
  seed: number;
  call: string;
  linux: string;
  nub: string;
  /** The lines of the shortest sequence that shows it, as Linux traces it, and how to run it. */
  shortest?: string[];
  command?: string;
}

export interface Examined {
  findings: Finding[];
  /** Rules that explained something. */
  used: Set<SequenceRule>;
  /** How many sequences ran to their end with the same results, those with calls left out included. */
  agreed: number;
}

/** The most calls of one sequence that are left out, one after the other, before it is given up. */
const patience = 12;
/** For how many findings the shortest sequence is looked for. */
const shrunk = 3;

export async function examineSequences(
  reference: Machine,
  machine: Machine,
  range: { first: number; count: number; length: number },
  table: Table,
): Promise<Examined> {
  const { length } = range;
  const without = `without=${Object.keys(table.without).join(',')}`;
  const [linux, nub] = [reference, machine].map((each) => leavingOut(each, without)) as [
    Machine,
    Machine,
  ];
  const [expected, seen] = await Promise.all([hashes(linux, range), hashes(nub, range)]);
  const differing = [...expected].filter(([seed, hash]) => seen.get(seed) !== hash);
  let open: Chosen[] = differing.map(([seed]) => ({ seed, length, without: [] }));
  let agreed = expected.size - differing.length;
  const used = new Set<SequenceRule>();
  const found: { chosen: Chosen; differs: Differs }[] = [];
  for (let round = 0; open.length > 0 && round <= patience; round++) {
    const results = await compare(linux, nub, open);
    const next: Chosen[] = [];
    for (const [index, differs] of results.entries()) {
      const chosen = open[index]!;
      if (!differs) {
        agreed++;
        continue;
      }
      const rule = ruleFor(table, differs);
      if (!rule) found.push({ chosen, differs });
      else {
        used.add(rule);
        // What is left at the end cannot be left out: it has been explained, and that was all.
        if (differs.number !== undefined) {
          next.push({ ...chosen, without: [...chosen.without, differs.number] });
        }
      }
    }
    open = next;
  }
  const findings = await Promise.all(
    distinct(found).map(async ({ chosen, differs }, index): Promise<Finding> => {
      const { call, linux: right, nub: wrong } = differs;
      const finding = { seed: chosen.seed, call, linux: right, nub: wrong };
      if (index >= shrunk) return finding;
      return { ...finding, ...(await shrink(linux, nub, chosen, differs)) };
    }),
  );
  return { findings, used, agreed };
}

/** The machine, told in every run which operations to leave out. */
const leavingOut = (machine: Machine, without: string): Machine => ({
  ...machine,
  run: ([first, ...words], plan) => machine.run([first!, without, ...words], plan),
});

/** One of each kind: the call's name and both answers without their numbers. */
function distinct<Item extends { differs: Differs }>(items: readonly Item[]): Item[] {
  const kinds = new Map<string, Item>();
  for (const item of items) {
    const { call, linux, nub } = item.differs;
    const name = /(\w+)\(/.exec(call)?.[1] ?? call;
    const key = [name, ...[linux, nub].map((text) => text.replace(/[0-9a-f]+/g, '#'))].join(' ');
    if (!kinds.has(key)) kinds.set(key, item);
  }
  return [...kinds.values()];
}

/** The hashes by seed; a sequence that ended the program has the ending in its place. */
async function hashes(
  machine: Machine,
  { first, count, length }: { first: number; count: number; length: number },
): Promise<Map<number, string>> {
  const result = new Map<number, string>();
  for (let next = first; next < first + count; ) {
    const words = ['sequences', next, first + count - next, length].map(String);
    const { lines, ending } = await machine.run(words);
    for (const line of lines) {
      const match = /^sequence (\d+) ([0-9a-f]{16})$/.exec(line);
      if (match) result.set(Number(match[1]), match[2]!);
    }
    next = Math.max(first - 1, ...result.keys()) + 1;
    if (ending !== 'end' && next < first + count) result.set(next++, ending);
    else if (ending === 'end') break;
  }
  return result;
}

interface Differs {
  /** The number of the call; undefined for what is looked at when all is over. */
  number?: number;
  call: string;
  linux: string;
  nub: string;
}

/** The first call of each sequence that differs. */
async function compare(
  linux: Machine,
  nub: Machine,
  all: readonly Chosen[],
): Promise<(Differs | undefined)[]> {
  const [expected, seen] = await Promise.all([traces(linux, all), traces(nub, all)]);
  return all.map((_chosen, index) => firstDifference(expected[index]!, seen[index]!));
}

function firstDifference(expected: Trace, seen: Trace): Differs | undefined {
  for (const [index, { number, call, answer }] of expected.calls.entries()) {
    const other = seen.calls[index];
    if (other && other.call === call && other.answer === answer) continue;
    const nub = other ? (other.call === call ? other.answer : `${other.call}`) : seen.ending;
    return { number, call, linux: answer, nub };
  }
  return undefined;
}

async function traces(machine: Machine, all: readonly Chosen[]): Promise<Trace[]> {
  const result: Trace[] = [];
  while (result.length < all.length) {
    const rest = all.slice(result.length);
    const plan = rest.map(
      ({ seed, length, without }) => `${[seed, length, ...without].join(' ')}\n`,
    );
    const said = await machine.run(['plan', '/plan'], plan.join(''));
    const some = readTraces(said);
    if (some.length === 0) throw new Error(`${machine.name} traced nothing`);
    const stray = some.find(({ name }, index) => name !== `sequence ${rest[index]?.seed}`);
    if (stray) throw new Error(`${machine.name} lost a part of its output before ${stray.name}`);
    result.push(...some);
  }
  return result;
}

/** Drops what is after the call, then as many calls before it as can go with the same difference. */
async function shrink(
  linux: Machine,
  nub: Machine,
  { seed, length, without }: Chosen,
  differs: Differs,
): Promise<Pick<Finding, 'shortest' | 'command'>> {
  const end = differs.number === undefined ? length : differs.number + 1;
  const last = differs.number === undefined ? end : end - 1;
  const isSame = (other?: Differs) =>
    other !== undefined && other.number === differs.number && other.call === differs.call;
  let gone = new Set(without.filter((number) => number < end));
  const chosen = (numbers: ReadonlySet<number>): Chosen => ({
    ...{ seed, length: end },
    without: [...numbers].sort((a, b) => a - b),
  });
  for (let size = Math.max(1, end >> 1); ; size >>= 1) {
    const left = Array.from({ length: last }, (_, number) => number).filter((n) => !gone.has(n));
    const parts = Array.from({ length: Math.ceil(left.length / size) }, (_, index) =>
      left.slice(index * size, (index + 1) * size),
    );
    const tries = parts.map((part) => chosen(new Set([...gone, ...part])));
    const results = tries.length > 0 ? await compare(linux, nub, tries) : [];
    const dispensable = parts.filter((_part, index) => isSame(results[index]));
    const union = new Set([...gone, ...dispensable.flat()]);
    const [together] = dispensable.length > 1 ? await compare(linux, nub, [chosen(union)]) : [];
    if (dispensable.length === 1 || isSame(together)) gone = union;
    else if (dispensable.length > 1) {
      // Each can go, but not all of them: the others get their turn again.
      gone = new Set([...gone, ...dispensable[0]!]);
      size <<= 1;
    }
    if (size <= 1) break;
  }
  const [trace] = await traces(linux, [chosen(gone)]);
  return {
    shortest: trace!.calls.map(({ call, answer }) => `${call}${answer}`),
    command: ['trace', seed, end, ...chosen(gone).without].join(' '),
  };
}

/** Findings for people. */
export function describeFindings(machine: string, findings: readonly Finding[]): string {
  return findings
    .map(({ seed, call, linux, nub, shortest, command }) =>
      [
        `On ${machine}, seed ${seed}: ${call}`,
        `  Linux:${linux}`,
        `  nub:${nub}`,
        ...(shortest ? [`  the program with \`${command}\`, which on Linux is`] : []),
        ...(shortest ?? []).map((line) => `    ${line}`),
      ].join('\n'),
    )
    .join('\n');
}
