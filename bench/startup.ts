// How long `stubforge --version` takes, as a ratio to `node -e 0` in the same run.
// Usage: npx tsx bench/startup.ts [RUNS] [--json]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { listsBy, median, rounded } from './support/figures.js';

const runs = Number(process.argv[2]) || 21;
const launcher = fileURLToPath(new URL('../stubforge', import.meta.url));
const commands: Record<string, [file: string, ...words: string[]]> = {
  node: [process.execPath, '-e', '0'],
  version: [launcher, '--version'],
  help: [launcher, '--help'],
};

const times = listsBy(Object.keys(commands));
// In turn, so that a change of the machine's speed meets all alike; the first round is warm-up.
for (let round = -1; round < runs; round++) {
  for (const [name, [file, ...words]] of Object.entries(commands)) {
    const started = process.hrtime.bigint();
    const { status } = spawnSync(file, words, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    if (round >= 0) times[name]!.push(Number(process.hrtime.bigint() - started) / 1e6);
  }
}

const rows = Object.entries(times).map(([name, list]) => ({
  command: name,
  medianMs: rounded(median(list), 1),
  ratioToNode: rounded(median(list) / median(times.node!), 2),
}));
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
