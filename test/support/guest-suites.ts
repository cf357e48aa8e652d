/**
 * Suites of test programs that are booted as guests: which there are, how each program is expected
 * to end, and the table of that for people.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { BootResult } from '../../src/lab/boot-image.js';

const reason = z.string().min(1);

const programSchema = z.strictObject({
  /** Cases of the program that cannot work, as its option -s takes them; `why` gives the reason. */
  without: z.array(z.string().startsWith('/')).default([]),
  /** The few cases that can, as its option -p takes them; `why` gives the reason. */
  only: z.array(z.string().startsWith('/')).default([]),
  why: reason.optional(),
  /** Instead of the suite's own. */
  arguments: z.array(z.string()).optional(),
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

const suiteSchema = z.strictObject({
  title: reason,
  about: reason,
  recipe: z.string(),
  /** Where the recipe installs the programs, and the data that lies beside them. */
  folder: z.string(),
  arguments: z.array(z.string()).default([]),
  memory: z.int().positive().default(128),
  /** Packed besides, by path in the guest. */
  files: z.record(z.string().startsWith('/'), z.string()).default({}),
  programs: z.record(
    z.string(),
    programSchema.nullable().transform((value) => value ?? programSchema.parse({})),
  ),
});

export type Suite = z.infer<typeof suiteSchema>;
export type Program = z.infer<typeof programSchema>;

const file = resolve(import.meta.dirname, 'guest-suites.yaml');

/** The suites as test/support/guest-suites.yaml describes them. */
export function readSuites(): Suite[] {
  return z.array(suiteSchema).parse(parse(readFileSync(file, 'utf8')));
}

/** What is packed as the program's arguments, its own name first. */
export function argumentsOf(suite: Suite, name: string): string[] {
  const program = suite.programs[name]!;
  return [
    `/${suite.folder}/${name}`,
    ...(program.arguments ?? suite.arguments),
    ...program.without.flatMap((path) => ['-s', path]),
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

/** How it has ended. Programs that speak the Test Anything Protocol say how much they have tested. */
export function endingOf(result: BootResult, lines: readonly string[]): Ending {
  if (result.outcome !== 'passed') return 'fails';
  const plan = lines.some((line) => /^1\.\.\d+/.test(line));
  const tested = lines.some((line) => /(^|[^t] )ok \d/.test(line) && !/# SKIP/i.test(line));
  return plan && !tested ? 'empty' : 'passes';
}

/** The table for people, as Markdown. */
export function renderSuites(suites: readonly Suite[]): string {
  const lines = [
    '# Test programs as guests',
    '',
    'QEMU’s and GLib’s own unit tests, and programs that test the C library, each booted as a guest of',
    'its own: `test/exhaustive/guest-suites.test.ts` builds them by their recipes and compares each ending',
    'with `test/support/guest-suites.yaml`, from which this page is made. A program passes when it ends',
    'with status 0 and has tested something; one that passes although it is expected to fail is an',
    'error, too. All are booted for amd64 by QEMU’s direct boot, all but the slow ones for i386, and',
    'those that are marked also under Xen.',
    '',
    '| suite | programs | pass | some cases left out | fail | empty | not booted |',
    '|---|---|---|---|---|---|---|',
  ];
  for (const { title, programs } of suites) {
    const all = Object.values(programs);
    const count = (ending: Ending | undefined) =>
      all.filter((program) => expectedEnding(program) === ending).length;
    const without = all.filter(isPartial).length;
    const cells = [title, all.length, count('passes'), without, count('fails'), count('empty')];
    lines.push(`| ${[...cells, count(undefined)].join(' | ')} |`);
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
  lines.push('Pass as they are (* under Xen, too; ° slow):', '', `${marked.join(', ')}.`);
  const rest = entries.filter(([name]) => !plain.some(([other]) => other === name));
  if (rest.length > 0) lines.push('', '| program | ends | why |', '|---|---|---|');
  for (const [name, program] of rest) lines.push(`| ${name} | ${verdict(program)} |`);
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
