// What the answers that the toolchain was asked for once save each time that a package is configured:
// config.site for configure scripts, a second cross file for meson, an initial cache for CMake. And
// what asking for them took.
//
// Usage: npx tsx bench/configure-answers.ts [RUNS] [RECIPE...] [--arch ARCHITECTURE] [--json]
//
// Each package is configured in the environment of its own build, with the answers and without them
// in turn. Recipes must be of the build systems autotools, meson and cmake. Processor time is of all
// processes; it varies less than the time that passes where a machine has other work.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Event } from '../src/events/event.js';
import { median, rounded } from './support/figures.js';

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    arch: { type: 'string', default: 'stubdom-amd64' },
    json: { type: 'boolean', default: false },
  },
});
const [count = '3', ...named] = positionals;
const runs = Number(count);
const recipes = named.length > 0 ? named : ['pcre2', 'xz-utils', 'glib2.0', 'expat', 'zstd'];
if (!(Number.isInteger(runs) && runs >= 1)) {
  console.error('usage: configure-answers.ts [RUNS] [RECIPE...] [--arch ARCHITECTURE] [--json]');
  process.exit(2);
}

const launcher = fileURLToPath(new URL('../stubforge', import.meta.url));

/**
 * For the shell of a unit, in its empty build folder. Without answers, its phase is told of files that
 * have no name. Each line of the output: with or without, nanoseconds, ticks of the processor, how many
 * questions were asked aloud: for configure and meson without those that say (cached), for CMake the
 * compilations that it notes.
 */
const script = `
set -eu
folder=$(mktemp -d)
cp "$STUBFORGE_PHASES/configure" "$folder/with"
sed -E 's/^(CONFIG_SITE|answers)=.*/\\1=/' "$folder/with" > "$folder/without"
if cmp -s "$folder/with" "$folder/without"; then
  echo 'its configure phase takes no answers' >&2
  exit 1
fi
# utime, stime and those of the children that have ended; the name before them holds no blank.
ticks() { awk '{ print $14 + $15 + $16 + $17 }' /proc/$$/stat; }
run() {
  find . -mindepth 1 -delete
  before=$(ticks)
  start=$(date +%s%N)
  if ! sh -eu "$folder/$1" > "$folder/log" 2>&1; then
    cat "$folder/log" >&2
    exit 1
  fi
  end=$(date +%s%N)
  asked=$(grep -cE '^[Cc]hecking .*(... |: )|^-- (Looking for|Check size of|Performing Test|Detecting) .* - ' \
    "$folder/log" || true)
  cached=$(grep -c '(cached)' "$folder/log" || true)
  echo "figures: $1 $((end - start)) $(($(ticks) - before)) $((asked - cached))"
}
${'run with\nrun without\n'.repeat(runs)}
rm -r "$folder"
`;

/** Configures a recipe; gives lists of seconds, and how many questions were asked each way. */
async function configure(recipe: string) {
  const words = ['shell', `${recipe}:${options.arch}`, '--fresh', '-c', script];
  const child = spawn(launcher, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const way = () => ({ seconds: [] as number[], cpuSeconds: [] as number[], asked: 0 });
  const figures = { with: way(), without: way() };
  let text = '';
  for await (const piece of child.stdout) text += piece;
  for (const [, name, ...numbers] of text.matchAll(
    /^figures: (with|without) (\d+) (\d+) (\d+)$/gm,
  )) {
    const [nanoseconds, ticks, asked] = numbers.map(Number) as [number, number, number];
    const figure = figures[name as 'with' | 'without'];
    figure.seconds.push(nanoseconds / 1e9);
    // Linux tells processor time in hundredths of a second.
    figure.cpuSeconds.push(ticks / 100);
    figure.asked = asked;
  }
  if (figures.without.seconds.length !== runs) throw new Error(`${recipe} could not be configured`);
  return figures;
}

/** Asks the toolchain anew; gives the seconds that it took, for the table. */
async function ask() {
  const words = ['build', 'configure-answers', '--arch', options.arch, '--force', '--json'];
  const child = spawn(launcher, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const piece of child.stdout) text += piece;
  const phase = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event)
    .find((event) => event.type === 'phase-done' && event.phase === 'compile');
  if (phase?.type !== 'phase-done') throw new Error('the toolchain could not be asked');
  return { seconds: phase.seconds, cpuSeconds: phase.cpuSeconds ?? Number.NaN };
}

const asking = await ask();
const rows = [];
for (const recipe of recipes) {
  const figures = await configure(recipe);
  const of = (way: 'with' | 'without') => ({
    seconds: median(figures[way].seconds),
    cpuSeconds: median(figures[way].cpuSeconds),
  });
  const [before, after] = [of('without'), of('with')];
  rows.push({
    recipe,
    secondsWith: rounded(after.seconds, 1),
    secondsWithout: rounded(before.seconds, 1),
    ratio: rounded(after.seconds / before.seconds, 2),
    cpuWith: rounded(after.cpuSeconds, 2),
    cpuWithout: rounded(before.cpuSeconds, 2),
    cpuRatio: rounded(after.cpuSeconds / before.cpuSeconds, 2),
    answered: figures.without.asked - figures.with.asked,
  });
}
if (options.json) console.log(JSON.stringify({ asking, rows }));
else {
  console.table(rows);
  const { seconds, cpuSeconds } = asking;
  console.log(`asking took ${rounded(seconds, 1)} s, ${rounded(cpuSeconds, 2)} s of the processor`);
}
