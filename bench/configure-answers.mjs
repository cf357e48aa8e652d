// What the answers that the toolchain was asked for once save each time that a package is configured:
// config.site for configure scripts, the cross file's has_function_… for meson.
//
// Usage: node bench/configure-answers.mjs [RUNS] [RECIPE...] [--arch ARCHITECTURE] [--json]
//
// Each package is configured in the environment of its own build, with the answers and without them
// in turn. Recipes must be of the build system autotools or meson.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    arch: { type: 'string', default: 'stubdom-amd64' },
    json: { type: 'boolean', default: false },
  },
});
const [count = '3', ...named] = positionals;
const runs = Number(count);
const recipes = named.length > 0 ? named : ['pcre2', 'xz-utils', 'glib2.0'];
if (!(Number.isInteger(runs) && runs >= 1)) {
  console.error('usage: configure-answers.mjs [RUNS] [RECIPE...] [--arch ARCHITECTURE] [--json]');
  process.exit(2);
}

/**
 * For the shell of a unit, in its empty build folder. A configure script without answers gets a
 * CONFIG_SITE that names nothing; meson gets a cross file without those that were asked for. Each
 * line of the output: with or without, nanoseconds, how many questions were answered beforehand.
 */
const script = `
set -eu
folder=$(mktemp -d)
phase=$STUBFORGE_PHASES/configure
cp "$phase" "$folder/with"
cp "$phase" "$folder/without"
cross=$(sed -n 's/^cross=//p' "$phase")
if [ -n "$cross" ]; then
  sed '/^has_function_/d' "$cross" > "$folder/cross.ini"
  sed "s#^cross=.*#cross=$folder/cross.ini#" "$phase" > "$folder/without"
fi
run() {
  find . -mindepth 1 -delete
  start=$(date +%s%N)
  if ! CONFIG_SITE=$2 sh -eu "$folder/$1" > "$folder/log" 2>&1; then
    cat "$folder/log" >&2
    exit 1
  fi
  end=$(date +%s%N)
  if [ -n "$cross" ]; then
    sed -n 's/^Checking for function "\\(.*\\)" : YES.*/has_function_\\1 = true/p' "$folder/log" \
      > "$folder/functions"
    answered=$(grep -cxFf "$3" "$folder/functions" || true)
  else
    answered=$(grep -c '(cached)' "$folder/log" || true)
  fi
  echo "figures: $1 $((end - start)) $answered"
}
${`run with "$CONFIG_SITE" "$cross"\nrun without /dev/null "$folder/cross.ini"\n`.repeat(runs)}
rm -r "$folder"
`;

/** Configures a recipe; gives lists of seconds, and how many questions were answered beforehand. */
async function configure(recipe) {
  const launcher = fileURLToPath(new URL('../stubforge', import.meta.url));
  const words = ['shell', `${recipe}:${options.arch}`, '--fresh', '-c', script];
  const child = spawn(launcher, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const figures = { with: [], without: [], answered: { with: 0, without: 0 } };
  let text = '';
  for await (const piece of child.stdout) text += piece;
  for (const [, way, nanoseconds, answered] of text.matchAll(/^figures: (\w+) (\d+) (\d+)$/gm)) {
    figures[way].push(Number(nanoseconds) / 1e9);
    figures.answered[way] = Number(answered);
  }
  if (figures.without.length !== runs) throw new Error(`${recipe} could not be configured`);
  return figures;
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const rows = [];
for (const recipe of recipes) {
  const { with: withAnswers, without, answered } = await configure(recipe);
  rows.push({
    recipe,
    secondsWith: Math.round(median(withAnswers) * 10) / 10,
    secondsWithout: Math.round(median(without) * 10) / 10,
    ratio: Math.round((median(withAnswers) / median(without)) * 100) / 100,
    answered: answered.with - answered.without,
  });
}
if (options.json) console.log(JSON.stringify(rows));
else console.table(rows);
