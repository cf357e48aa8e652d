/**
 * Suites of test programs that are booted as guests: which there are, how each program is expected
 * to end, and the table of that for people.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { BootResult } from '../../src/lab/boot-image.js';
import { cleanText } from '../../src/lab/guest-console.js';

const reason = z.string().min(1);

const programSchema = z.strictObject({
  /** Cases of the program that cannot work, as the suite's option takes them; `why` gives the reason. */
  without: z.array(z.string().includes('/')).default([]),
  /** The few cases that can, as its option -p takes them; `why` gives the reason. */
  only: z.array(z.string().startsWith('/')).default([]),
  why: reason.optional(),
  /** The program's file, where several rows run the same; otherwise it is called as the row. */
  program: z.string().optional(),
  /** Instead of the suite's own. */
  arguments: z.array(z.string()).optional(),
  /** A file beside the program, whose lines it must print; what the console cannot show is not compared. */
  output: z.string().optional(),
  /** In MiB; the suite's otherwise. */
  memory: z.int().positive().optional(),
  /** It ends with something else than 0. */
  fails: reason.optional(),
  /** It ends with 0 and has tested nothing. */
  empty: reason.optional(),
  /** It is not booted at all. */
  omitted: reason.optional(),
  /** Seconds and not tenths of them: it is booted for one architecture only. */
  slow: z.boolean().default(false),
  /** Booted under Xen, too. */
  xen: z.boolean().default(false),
});

/** Tests of a list that do not pass, by patterns in which an asterisk stands for anything. */
const groupSchema = z
  .strictObject({
    tests: z.array(z.string().min(1)).min(1),
    fails: reason.optional(),
    empty: reason.optional(),
    omitted: reason.optional(),
    /** It passes, but only where nobody is in a hurry. */
    slow: z.literal(true).optional(),
  })
  .refine(
    ({ tests: _tests, ...rest }) => Object.values(rest).filter(Boolean).length === 1,
    'a group has one ending',
  );

/** Many tests in one program, of which each is asked for by its name. */
const listSchema = z.strictObject({
  program: z.string(),
  /** The file beside the program with their names, one a line. */
  file: z.string(),
  /** How many of them end how, for the page; the tests of the suites count again. */
  counts: z.strictObject({ passes: z.int(), fails: z.int(), empty: z.int(), omitted: z.int() }),
  groups: z.array(groupSchema),
});

const suiteSchema = z.strictObject({
  title: reason,
  about: reason,
  recipe: z.string(),
  /** Built and booted only where all of the exhaustive tests are. */
  exhaustive: z.boolean().default(false),
  /** In a sample, every n-th is booted. */
  sample: z.int().positive().default(4),
  /** Where the recipe installs the programs, and the data that lies beside them. */
  folder: z.string(),
  arguments: z.array(z.string()).default([]),
  /** The option that leaves out a case, with a space where the case is a word of its own. */
  leaveOut: z.string().min(1).default('-s '),
  /** Variables, each as NAME=value. */
  environment: z.array(z.string().includes('=')).default([]),
  memory: z.int().positive().default(128),
  /** Packed besides, by path in the guest. */
  files: z.record(z.string().startsWith('/'), z.string()).default({}),
  /** Files beside the programs that are wanted elsewhere, too, by path in the guest. */
  copies: z.record(z.string().startsWith('/'), z.string()).default({}),
  programs: z
    .record(
      z.string(),
      programSchema.nullable().transform((value) => value ?? programSchema.parse({})),
    )
    .default({}),
  list: listSchema.optional(),
});

export type Suite = z.infer<typeof suiteSchema>;
export type Program = z.infer<typeof programSchema>;

const file = resolve(import.meta.dirname, 'guest-suites.yaml');

/** The suites as test/support/guest-suites.yaml describes them. */
export function readSuites(): Suite[] {
  return z.array(suiteSchema).parse(parse(readFileSync(file, 'utf8')));
}

/** The suite's programs, and the tests of its list as if each were a program of its own. */
export function programsOf(suite: Suite, names: readonly string[]): Suite['programs'] {
  const { list } = suite;
  if (!list) return suite.programs;
  const groups = list.groups.map((group) => ({ group, patterns: group.tests.map(expressionFor) }));
  const listed = names.map((name) => {
    const found = groups.find(({ patterns }) => patterns.some((pattern) => pattern.test(name)));
    const { tests: _tests, ...ending } = found?.group ?? { tests: [] };
    return [name, programSchema.parse({ program: list.program, arguments: [name], ...ending })];
  });
  return { ...suite.programs, ...Object.fromEntries(listed) };
}

/** How many of these programs end how. */
export function countEndings(programs: Suite['programs']): NonNullable<Suite['list']>['counts'] {
  const counts = { passes: 0, fails: 0, empty: 0, omitted: 0 };
  for (const program of Object.values(programs)) counts[expectedEnding(program) ?? 'omitted'] += 1;
  return counts;
}

/** The patterns of the list's groups that no test has, which are mistakes. */
export function stalePatterns({ list }: Suite, names: readonly string[]): string[] {
  const patterns = list?.groups.flatMap(({ tests }) => tests) ?? [];
  return patterns.filter((pattern) => {
    const expression = expressionFor(pattern);
    return !names.some((name) => expression.test(name));
  });
}

function expressionFor(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/** The program's file. */
export function fileOf(name: string, program: Program): string {
  return program.program ?? name;
}

/** What is packed as the program's arguments, its own name first. */
export function argumentsOf(suite: Suite, name: string, program: Program): string[] {
  return [
    `/${suite.folder}/${fileOf(name, program)}`,
    ...suite.environment.map((word) => `env.${word}`),
    ...(program.arguments ?? suite.arguments),
    ...program.without.flatMap((path) =>
      suite.leaveOut.endsWith(' ') ? [suite.leaveOut.trimEnd(), path] : [suite.leaveOut + path],
    ),
    ...program.only.flatMap((path) => ['-p', path]),
  ];
}

/** Whether cases are left out of the program. */
export function isPartial(program: Program): boolean {
  return program.without.length + program.only.length > 0;
}

export type Ending = 'passes' | 'fails' | 'empty';

/** How the program is expected to end; undefined when it is not booted. */
export function expectedEnding(program: Program): Ending | undefined {
  if (program.omitted) return undefined;
  if (program.fails) return 'fails';
  return program.empty ? 'empty' : 'passes';
}

/**
 * How it has ended. Programs that speak the Test Anything Protocol say how much they have tested, and
 * POSIX's by their status that they cannot.
 */
export function endingOf(result: BootResult, lines: readonly string[], posix = false): Ending {
  if (posix && (result.status === unsupported || result.status === untested)) return 'empty';
  if (result.outcome !== 'passed') return 'fails';
  const plan = lines.some((line) => /^1\.\.\d+/.test(line));
  const tested = lines.some((line) => /(^|[^t] )ok \d/.test(line) && !/# SKIP/i.test(line));
  return plan && !tested ? 'empty' : 'passes';
}

const unsupported = 4;
const untested = 5;

/** Where the lines of the console are not those of a text, in words; nothing where they are. */
export function differenceFrom(text: string, lines: readonly string[]): string | undefined {
  const wanted = text.replace(/\n$/, '').split('\n').map(cleanText);
  const printed = lines.filter((line) => !line.startsWith('nub: '));
  const at = wanted.findIndex((line, index) => line !== printed[index]);
  if (at >= 0) return `line ${at + 1} is '${printed[at]}', and not '${wanted[at]}'`;
  return printed.length > wanted.length ? `'${printed[wanted.length]}' is too much` : undefined;
}

/** The table for people, as Markdown. */
export function renderSuites(suites: readonly Suite[]): string {
  const lines = [
    '# Test programs as guests',
    '',
    'The tests that come with QEMU, GLib and other packages, a suite of POSIX’s, and programs that test the',
    'C library, each booted as a guest of its own: `test/exhaustive/guest-suites.test.ts` builds them by their',
    'recipes and compares each ending with `test/support/guest-suites.yaml`, from which this page is made. A',
    'program passes when it ends with status 0, has tested something, and has printed what it has to; one',
    'that passes although it is expected to fail is an error, too. All are booted for amd64 by QEMU’s direct',
    'boot, all but the slow ones for i386, and those that are marked also under Xen.',
    '',
    '| suite | programs | pass | some cases left out | fail | empty | not booted |',
    '|---|---|---|---|---|---|---|',
  ];
  for (const { title, programs, list } of suites) {
    const counts = list?.counts ?? countEndings(programs);
    const all = counts.passes + counts.fails + counts.empty + counts.omitted;
    const without = Object.values(programs).filter(isPartial).length;
    const cells = [title, all, counts.passes, without, counts.fails, counts.empty];
    lines.push(`| ${[...cells, counts.omitted].join(' | ')} |`);
  }
  for (const suite of suites) lines.push('', ...renderSuite(suite));
  return `${lines.join('\n')}\n`;
}

function renderSuite(suite: Suite): string[] {
  const entries = Object.entries(suite.programs);
  const plain = entries.filter(
    ([, program]) => expectedEnding(program) === 'passes' && !isPartial(program),
  );
  const marked = plain.map(([name, { xen, slow }]) => `${name}${xen ? '*' : ''}${slow ? '°' : ''}`);
  const lines = [`## ${suite.title}`, '', `Recipe \`${suite.recipe}\`. ${suite.about.trim()}`, ''];
  if (suite.list) return [...lines, ...renderList(suite.list)];
  lines.push('Pass as they are (* under Xen, too; ° slow):', '', `${marked.join(', ')}.`);
  const rest = entries.filter(([name]) => !plain.some(([other]) => other === name));
  if (rest.length > 0) lines.push('', '| program | ends | why |', '|---|---|---|');
  for (const [name, program] of rest) lines.push(`| ${name} | ${verdict(program)} |`);
  return lines;
}

function renderList({ groups }: NonNullable<Suite['list']>): string[] {
  const lines = ['All pass but these (an asterisk stands for anything):', ''];
  lines.push('| tests | end | why |', '|---|---|---|');
  for (const { tests, slow, ...ending } of groups) {
    if (slow) continue;
    const names = tests.map((test) => test.replaceAll('*', '\\*')).join(', ');
    lines.push(`| ${names} | ${verdict(programSchema.parse(ending))} |`);
  }
  return lines;
}

function verdict(program: Program): string {
  if (program.omitted) return `is not booted | ${program.omitted}`;
  if (program.fails) return `fails | ${program.fails}`;
  if (program.empty) return `is empty | ${program.empty}`;
  const list = (paths: readonly string[]) => paths.map((path) => `\`${path}\``).join(', ');
  return program.only.length > 0
    ? `passes with only ${list(program.only)} | ${program.why}`
    : `passes without ${list(program.without)} | ${program.why}`;
}
