// What a one-line change in zlib's recipe rebuilds: a comment, a variable of no effect, and a flag
// that changes the archive. In a project of its own, with the state that $STUBFORGE_HOME names.
// Usage: npx tsx bench/change.ts [RECIPE-ABOVE-ZLIB] [--json]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Event } from '../src/events/event.js';
import type { Explanation } from '../src/plan/explain.js';

const wanted = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'zlib-selftest';
const launcher = fileURLToPath(new URL('../stubforge', import.meta.url));
const recipe = readFileSync(new URL('../recipes/zlib.yaml', import.meta.url), 'utf8');
const project = mkdtempSync(join(tmpdir(), 'stubforge-change-'));

const run = (...words: string[]) => {
  const ran = spawnSync(launcher, words, { cwd: project, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (ran.status !== 0)
    throw new Error(`${words.join(' ')} ended with ${ran.status}\n${ran.stderr}`);
  return ran.stdout;
};
const build = () => {
  const started = performance.now();
  const events = run('build', wanted, '--json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
  const built = events.flatMap((event) => (event.type === 'unit-done' ? [event.unit] : []));
  const plan = events.find((event) => event.type === 'plan');
  if (!plan) throw new Error('the build told no plan');
  return {
    built,
    of: plan.build.length + plan.fresh.length,
    seconds: (performance.now() - started) / 1000,
  };
};

try {
  mkdirSync(join(project, 'recipes'));
  const change = (lines: string) =>
    writeFileSync(join(project, 'recipes/zlib.yaml'), `${recipe}${lines}\n`);
  change('');
  build();
  const stamp = Date.now();
  const rows = Object.entries({
    nothing: '',
    'a comment': '# a comment',
    'a variable of no effect': `environment: { OF_NO_EFFECT: '${stamp}' }`,
    'a flag that changes the archive': `environment: { CFLAGS: '-O2 -DSTAMP=${stamp} -fno-inline -frecord-gcc-switches' }`,
  }).map(([what, line]) => {
    change(line);
    const why = JSON.parse(run('why', 'zlib', '--json').trim().split('\n').at(-1)!)
      .value[0] as Explanation;
    const { built, of, seconds } = build();
    return {
      change: what,
      why: why.changes.map(({ part }) => part).join(', '),
      rebuilt: built.map((unit) => unit.split(':')[0]).join(', ') || 'nothing',
      of,
      seconds: Number(seconds.toFixed(1)),
    };
  });
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
  else console.table(rows);
} finally {
  rmSync(project, { recursive: true, force: true });
}
