// What the store survives: kills, damage, other processes, full disks. Losses must be none.
// Usage: npx tsx bench/robustness.ts [--kills N] [--store-kills N] [--damages N] [--rounds N]
//   [--processes N] [--disk-sizes N] [--step-sizes N] [--seed N] [--json]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTogether } from './robustness/concurrent.js';
import { damageStore } from './robustness/damages.js';
import { fillDisk } from './robustness/full-disk.js';
import { fillAtSteps } from './robustness/full-steps.js';
import { killBuilds } from './robustness/kills.js';
import { type Progress, type Result, seeded } from './robustness/project.js';
import { killStoreCommands } from './robustness/store-kills.js';

const number = (standard: number) => ({ type: 'string', default: String(standard) }) as const;
const { values } = parseArgs({
  options: {
    kills: number(20),
    'store-kills': number(20),
    damages: number(20),
    rounds: number(3),
    processes: number(4),
    'disk-sizes': number(10),
    'step-sizes': number(30),
    seed: number(Date.now() % 1_000_000),
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const random = seeded(seed);
const folder = mkdtempSync(join(tmpdir(), 'stubforge-robustness-'));
let told = 0;
const progress: Progress = (what, done, of, losses) => {
  for (const loss of losses.slice(told)) process.stderr.write(`${JSON.stringify(loss)}\n`);
  told = losses.length;
  if (process.stderr.isTTY || done % 25 === 0) {
    process.stderr.write(`${what} ${done} of ${of}, ${losses.length} losses\n`);
  }
  if (done === of) told = 0;
};
const common = { folder, random, progress };
try {
  const results: Record<string, Result> = {
    kills: await killBuilds({ ...common, count: Number(values.kills) }),
    'store kills': await killStoreCommands({ ...common, count: Number(values['store-kills']) }),
    damages: await damageStore({ ...common, count: Number(values.damages) }),
    concurrent: await buildTogether({
      ...common,
      count: Number(values.rounds),
      processes: Number(values.processes),
    }),
    'full disk': await fillDisk({ ...common, count: Number(values['disk-sizes']) }),
    'full disk by step': await fillAtSteps({ ...common, count: Number(values['step-sizes']) }),
  };
  if (values.json) console.log(JSON.stringify({ seed, ...results }));
  else {
    console.log(`seed ${seed}`);
    for (const [name, result] of Object.entries(results)) {
      console.log(`\n${name}: ${result.losses.length} losses`);
      for (const [key, value] of Object.entries(result.figures)) {
        console.log(`  ${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}`);
      }
      for (const loss of result.losses) console.log(JSON.stringify(loss, null, 2));
    }
  }
  if (Object.values(results).some((result) => result.losses.length > 0)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
