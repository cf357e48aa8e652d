// How near a cold build comes to what is possible: its wall time beside max(longest path, processor
// time ÷ processors), and the same schedule simulated from the measured times for more processors.
//
// Usage: npx tsx bench/schedule.ts [RECIPE] [-j JOBS] [--arch ARCH] [--measured] [--script FILE] [--json]
//
// RECIPE is qemu-xen-stubdom when it is not named. Sources are fetched before the clock starts; the
// build itself begins with an empty store. --measured takes the times of earlier builds in
// $STUBFORGE_HOME instead of building. --script runs what `stubforge export --format sh` wrote, before and
// after the build and from an empty folder, and gives the ratio to the mean.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadCatalogue } from '../src/engine/catalogue.js';
import { recordedSeconds, remainingPaths } from '../src/engine/scheduler/priorities.js';
import { dependencies } from '../src/plan/unit.js';
import { unitGraph } from '../src/plan/unit-graph.js';
import { findProject } from '../src/project/project.js';
import { Store, type UnitRecord } from '../src/store/store.js';
import { Memo } from '../src/util/memo.js';
import { bounds, simulate, stagesOf } from './schedule/simulate.js';
import { rounded } from './support/figures.js';

const launcher = fileURLToPath(new URL('../stubforge', import.meta.url));
const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', short: 'j', default: String(availableParallelism()) },
    arch: { type: 'string', default: 'stubdom-amd64' },
    measured: { type: 'boolean', default: false },
    script: { type: 'string' },
    sandbox: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const recipe = positionals[0] ?? 'qemu-xen-stubdom';
const jobs = Number(options.jobs);
const simulated = [1, 2, 4, 8, 16, 64];

interface Timed {
  wall: number;
  cpu: number;
}

/** Runs a command; gives wall seconds, and processor seconds of it and all that it waited for. */
async function timed(
  words: readonly string[],
  environment: Record<string, string>,
): Promise<Timed> {
  const started = performance.now();
  const child = spawn('sh', ['-c', '"$@"; status=$?; times >&3; exit $status', 'sh', ...words], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  let text = '';
  child.stdio[3]!.on('data', (data) => {
    text += data;
  });
  const status = await new Promise((done) => child.on('close', done));
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}`);
  const wall = (performance.now() - started) / 1000;
  const times = [...text.matchAll(/([0-9]+)m([0-9.]+)s/g)];
  const cpu = times.reduce((sum, [, min, seconds]) => sum + Number(min) * 60 + Number(seconds), 0);
  return { wall, cpu };
}

/** Runs the exported script with the sources that lie in `state`. */
async function runScript(script: string, state: string): Promise<Timed> {
  const folder = await mkdtemp(join(tmpdir(), 'stubforge-bench-'));
  const words = ['--sources', join(state, 'sources'), '--work', join(folder, 'work')];
  try {
    return await timed(
      ['sh', resolve(script), ...words, '--output', join(folder, 'out'), '-j', String(jobs)],
      {},
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// Compiles what is stale before anything is measured.
spawnSync(launcher, ['--version'], { stdio: 'ignore' });

const scripts: Timed[] = [];
let state: string | undefined;
let built: Timed | undefined;
try {
  if (!options.measured) {
    state = await mkdtemp(join(tmpdir(), 'stubforge-bench-'));
    const environment = { STUBFORGE_HOME: state };
    const words = (command: string) => [
      launcher,
      command,
      recipe,
      '--arch',
      options.arch,
      '--quiet',
    ];
    await timed(words('source').toSpliced(2, 0, 'fetch').toSpliced(4, 2), environment);
    if (options.script) scripts.push(await runScript(options.script, state));
    const more = options.sandbox ? ['--sandbox', options.sandbox] : [];
    built = await timed([...words('build'), '-j', String(jobs), ...more], environment);
    if (options.script) scripts.push(await runScript(options.script, state));
  }

  const project = findProject({ stateDir: state });
  const store = new Store(project.state.store);
  const graph = unitGraph(await loadCatalogue(project, new Memo(project.state.memo)), [
    { recipe, architecture: options.arch },
  ]);
  const records = new Map<string, UnitRecord>();
  for (const name of graph.keys()) {
    const record = await store.latest(name);
    if (!record?.phases) {
      console.error(`${name} has no measured times: build it with this version of stubforge`);
      process.exit(1);
    }
    records.set(name, record);
  }
  const units = [...graph.values()].map((unit) => ({
    name: unit.name,
    dependencies: dependencies(unit),
    stages: stagesOf(records.get(unit.name)!, jobs),
  }));
  const paths = remainingPaths(units, (name) => recordedSeconds(records.get(name)!));
  const { longest, work } = bounds(units);
  // A sandbox ends before it has waited for what ran in it, whose time then is in nobody's sum.
  const inSandbox = [...records.values()]
    .flatMap((record) => record.phases ?? [])
    .reduce((sum, { cpuSeconds }) => sum + (cpuSeconds ?? 0), 0);
  if (built && options.sandbox !== 'none') built.cpu += inSandbox;
  const round = (seconds: number) => rounded(seconds, 1);
  const ratio = (value: number) => rounded(value, 3);
  const rows = simulated.map((processors) => {
    const bound = Math.max(longest, work / processors);
    const seconds = simulate(units, paths, processors);
    return {
      processors,
      simulated: round(seconds),
      bound: round(bound),
      ratio: ratio(seconds / bound),
    };
  });
  const result: Record<string, string | number> = {
    recipe,
    architecture: options.arch,
    jobs,
    units: units.length,
  };
  if (built) {
    const bound = Math.max(longest, built.cpu / jobs);
    Object.assign(result, {
      wall: round(built.wall),
      cpu: round(built.cpu),
      longestPath: round(longest),
      bound: round(bound),
      wallToBound: ratio(built.wall / bound),
    });
  } else Object.assign(result, { cpuOfUnits: round(work), longestPath: round(longest) });
  const script = scripts.map(({ wall, cpu }) => ({ wall: round(wall), cpu: round(cpu) }));
  if (built && scripts.length > 0) {
    const mean = scripts.reduce((sum, each) => sum + each.wall, 0) / scripts.length;
    result.wallToScript = ratio(built.wall / mean);
  }
  if (options.json) console.log(JSON.stringify({ ...result, script, simulated: rows }));
  else {
    const walls = script.map(({ wall }) => wall).join(', ');
    console.table(walls ? { ...result, script: walls } : result);
    console.table(rows);
  }
} finally {
  if (state) await rm(state, { recursive: true, force: true });
}
