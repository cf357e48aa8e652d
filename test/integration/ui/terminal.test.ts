/** What a person sees while units build, on a real pseudo-terminal. */
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { packageRoot } from '../../../src/project/project.js';
import { temporaryTree } from '../../support/temporary.js';

const player = resolve(import.meta.dirname, '../../support/play-events.mjs');
const show = '\x1b[?25h';
const hide = '\x1b[?25l';

interface Pause {
  pause: number;
}

/** Plays events on a terminal of this size; gives all that was written to it. */
async function play(
  events: (Event | Pause)[],
  { columns = 80, rows = 24, words = '' } = {},
): Promise<string> {
  const lines = events.map((event) => JSON.stringify(event)).join('\n');
  const cwd = await temporaryTree({ 'events.jsonl': lines });
  const command = `stty cols ${columns} rows ${rows}; exec node ${player} ${join(packageRoot, 'dist')} events.jsonl ${words}`;
  const { stdout } = await execa('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { TERM: 'xterm', CI: undefined, NO_COLOR: '1', LC_ALL: 'C.UTF-8' },
    reject: false,
    stripFinalNewline: false,
  });
  return stdout;
}

const unit = (name: string) => `${name}:stubdom-amd64`;
const start = (name: string): Event[] => [
  { type: 'unit-start', unit: unit(name), reason: 'never-built', log: '/log' },
  { type: 'phase-start', unit: unit(name), phase: 'configure' },
];
const done = (name: string): Event => ({
  type: 'unit-done',
  unit: unit(name),
  seconds: 1,
  output: '/store/x',
});
const plan = (...names: string[]): Event => ({ type: 'plan', build: names.map(unit), fresh: [] });
const end: Event = { type: 'build-done', built: 1, fresh: 0, failed: 1, skipped: 0, seconds: 3 };
/** Longer than it takes to draw the list once. */
const frame: Pause = { pause: 350 };

/** What was drawn in a row is drawn again and again; what was said is there once. */
const count = (text: string, part: string) => text.split(part).length - 1;

describe('the list of what is under way', () => {
  test('lets reports appear above it at once', async () => {
    const raw = await play([
      plan('a', 'b'),
      ...start('a'),
      frame,
      {
        type: 'unit-failed',
        unit: unit('a'),
        phase: 'configure',
        seconds: 1,
        diagnostics: [
          { id: 'test.first', message: 'the first reason', help: 'do this' },
          { id: 'test.second', message: 'another' },
        ],
        log: '/log/a',
      },
      { type: 'warning', diagnostic: { id: 'test.odd', message: 'something is odd' } },
      { type: 'note', message: 'something is new' },
      frame,
      ...start('b'),
      frame,
      done('b'),
      end,
      { type: 'result', command: 'build', value: 'the outcome' },
      { type: 'note', message: 'after the result' },
    ]);
    const text = stripVTControlCharacters(raw);
    // In this order, although the list lived on.
    const parts = [
      'plan: 2 to build',
      `${unit('a')}  configure`,
      `${unit('a')}: failed in phase configure`,
      'error: the first reason',
      'help: do this',
      'error: another',
      'log: /log/a',
      'warning: something is odd',
      'note: something is new',
      `${unit('b')}  configure`,
      `${unit('b')}: done in 1.0 s`,
      'build: 1 built',
      'the outcome',
      'note: after the result',
    ];
    const places = parts.map((part) => text.indexOf(part));
    expect(places, text).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const part of parts.filter((each) => !each.includes('  configure'))) {
      expect(count(text, part), part).toBe(1);
    }
    expect(text.slice(text.indexOf('error: another'))).toContain('0 of 2 done, 1 failed');
    expect(text.trimEnd().endsWith('note: after the result')).toBe(true);
    expect(raw.lastIndexOf(show)).toBeGreaterThan(raw.lastIndexOf(hide));
  });

  test('has rows for downloads, which are reported when they are done', async () => {
    const file = 'zlib_1.3.orig.tar.xz';
    const text = stripVTControlCharacters(
      await play([
        { type: 'download-start', file, total: 1024 * 1024 },
        { type: 'download-progress', file, received: 256 * 1024, total: 1024 * 1024 },
        { type: 'download-progress', file: 'other.tar.gz', received: 2048 },
        frame,
        { type: 'download-done', file, bytes: 1024 * 1024 },
        frame,
        { type: 'download-start', file: 'third.zip' },
        frame,
        { type: 'download-failed', file: 'third.zip' },
        { type: 'download-done', file: 'other.tar.gz', bytes: 4096 },
      ]),
    );
    expect(text).toContain(`download ${file}  25 % of 1.0 MiB`);
    expect(text).toContain('download other.tar.gz  2.0 KiB');
    const after = text.slice(text.indexOf(`downloaded ${file} (1.0 MiB)`));
    expect(after).toContain('download other.tar.gz');
    expect(after).not.toContain('25 %');
    expect(after).toContain('download third.zip');
    expect(text.trimEnd().endsWith('downloaded other.tar.gz (4.0 KiB)')).toBe(true);
  });

  test('shows what has its turn where the terminal is too short for all', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `unit${index}`);
    const raw = await play(
      [
        plan(...names),
        ...names.slice(0, 10).flatMap((name): Event[] => [
          { type: 'phase-start', unit: unit(name), phase: 'unpack' },
          { type: 'phase-done', unit: unit(name), phase: 'unpack', seconds: 1 },
        ]),
        ...names.slice(10, 13).flatMap(start),
        frame,
        { type: 'note', message: 'a long text that does not fit in one line of such a terminal' },
        frame,
        ...names.map(done),
        end,
      ],
      { columns: 30, rows: 8 },
    );
    const text = stripVTControlCharacters(raw);
    for (const name of names.slice(10, 13)) expect(text).toContain(`${unit(name)}  `);
    expect(text).toContain('… and 9 more');
    expect(text.slice(0, text.indexOf(': done in'))).not.toContain(`${unit('unit9')}  `);
    // No frame is higher than the terminal, or else a part of it would stay when it is drawn over.
    const erased = raw.match(/(?:\x1b\[2K\x1b\[1A)+/g) ?? [];
    expect(erased.length).toBeGreaterThan(3);
    for (const moves of erased) expect(count(moves, '\x1b[1A')).toBeLessThan(8);
    for (const name of names) expect(count(text, `${unit(name)}: done`)).toBe(1);
  });

  test('counts a unit once that is built again, and one that the plan took for fresh', async () => {
    const raw = await play([
      plan('a', 'b'),
      ...start('a'),
      done('a'),
      ...start('a'),
      done('a'),
      ...start('c'),
      frame,
      done('c'),
      ...start('b'),
      frame,
      done('b'),
      end,
    ]);
    expect(raw).toContain('1 of 3 done');
    expect(raw).toContain('2 of 3 done');
    expect(raw).not.toContain('3 of 2 done');
  });

  test('gives the cursor back when the process ends amid it', async () => {
    const raw = await play([plan('a'), ...start('a'), frame, { type: 'note', message: 'last' }], {
      words: '--exit',
    });
    expect(stripVTControlCharacters(raw)).toContain('note: last');
    expect(raw).toContain(hide);
    expect(raw.lastIndexOf(show)).toBeGreaterThan(raw.lastIndexOf(hide));
  });

  test('is not drawn on a terminal that has no room for it', async () => {
    for (const size of [
      { columns: 0, rows: 0 },
      { columns: 80, rows: 2 },
    ]) {
      const raw = await play([plan('a'), ...start('a'), frame, done('a'), end], size);
      expect(raw).not.toContain('\x1b');
      expect(raw).toContain(`${unit('a')}: done in 1.0 s`);
    }
  });
});
