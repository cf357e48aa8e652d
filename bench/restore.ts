// How long the newest outputs of all units take out of the store, as a ratio to `cp -a` of the same
// trees to the same file system in the same run. Needs a store with something in it.
// Usage: npx tsx bench/restore.ts [STATE] [--runs N] [--json]; STATE is $STUBFORGE_HOME by default
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Store } from '../src/store/store.js';
import { linkTree } from '../src/store/tree.js';
import { listsBy, median, rounded } from './support/figures.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
});
const state =
  positionals[0] ?? process.env.STUBFORGE_HOME ?? join(homedir(), '.cache', 'stubforge');
const directory = join(state, 'store');
const newest = new Store(directory).records.all(new Store(directory).layout.units);
const outputs = newest
  .map(({ record }) => record.output)
  .filter((output) => new Store(directory).has(output));
if (outputs.length === 0) throw new Error(`${directory} holds no outputs; build something first`);
const folder = mkdtempSync(join(state, 'bench-restore-'));

const each = async (work: (output: string, target: string) => Promise<unknown>) => {
  for (const output of outputs) await work(output, join(folder, 'to', output));
};
const ways: Record<string, () => unknown> = {
  /** One process of cp for all of them; starting it counts, as starting stubforge would. */
  'cp -a': () => {
    const trees = outputs.map((output) => new Store(directory).outputDirectory(output));
    execFileSync('cp', ['-a', ...trees, join(folder, 'to')]);
  },
  /** As a build does it: every file is read and held against its hash first. */
  'checked and linked': () => {
    const store = new Store(directory);
    return each((output, target) => store.materialize(output, target));
  },
  /** The same by a process that has read these outputs before, for another unit. */
  'checked before, linked': () => each((output, target) => known.materialize(output, target)),
  linked: () => each((output, target) => linkTree(known.outputDirectory(output), target)),
  'read and checked only': () => new Store(directory).requireSound(outputs),
};
const known = new Store(directory);
await known.requireSound(outputs);

const times = listsBy(Object.keys(ways));
try {
  // In turn, so that a change of the machine's speed meets all alike; the first round is warm-up.
  for (let round = -1; round < Number(values.runs); round++) {
    for (const [name, way] of Object.entries(ways)) {
      mkdirSync(join(folder, 'to'));
      const started = performance.now();
      await way();
      if (round >= 0) times[name]!.push(performance.now() - started);
      rmSync(join(folder, 'to'), { recursive: true });
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const rows = Object.entries(times).map(([way, list]) => ({
  way,
  medianMs: rounded(median(list), 1),
  minimumMs: rounded(Math.min(...list), 1),
  ratioToCp: rounded(median(list) / median(times['cp -a']!), 2),
}));
if (values.json) console.log(JSON.stringify({ outputs: outputs.length, rows }));
else {
  console.log(`${outputs.length} outputs`);
  console.table(rows);
}
