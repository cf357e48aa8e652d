// How long `stubforge --version` takes, as a ratio to `node -e 0` in the same run.
// Usage: node bench/startup.mjs [RUNS] [--json]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const runs = Number(process.argv[2]) || 21;
const launcher = fileURLToPath(new URL('../stubforge', import.meta.url));
const commands = {
  node: [process.execPath, '-e', '0'],
  version: [launcher, '--version'],
  help: [launcher, '--help'],
};

const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
// In turn, so that a change of the machine's speed meets all alike; the first round is warm-up.
for (let round = -1; round < runs; round++) {
  for (const [name, [file, ...words]] of Object.entries(commands)) {
    const started = process.hrtime.bigint();
    const { status } = spawnSync(file, words, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    if (round >= 0) times[name].push(Number(process.hrtime.bigint() - started) / 1e6);
  }
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const rows = Object.entries(times).map(([name, list]) => ({
  command: name,
  medianMs: Math.round(median(list) * 10) / 10,
  ratioToNode: Math.round((median(list) / median(times.node)) * 100) / 100,
}));
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
