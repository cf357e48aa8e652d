// How near a cold build comes to what is possible: its wall time beside max(longest path, processor
// time ÷ processors), and the same schedule simulated from the measured times for more processors.
//
// Usage: node bench/schedule.mjs [RECIPE] [-j JOBS] [--arch ARCH] [--measured] [--script FILE] [--json]
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
import { bounds, simulate, stagesOf } from './schedule/simulate.mjs';

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

/** Runs a command; gives wall seconds, and processor seconds of it and all that it waited for. */
async function timed(words, environment) {
  const started = performance.now();
  const child = spawn('sh', ['-c', '"$@"; status=$?; times >&3; exit $status', 'sh', ...words], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  let text = '';
  child.stdio[3].on('data', (data) => {
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
async function runScript(state) {
  const folder = await mkdtemp(join(tmpdir(), 'stubforge-bench-'));
  const words = ['--sources', join(state, 'sources'), '--work', join(folder, 'work')];
  try {
    return await timed(
      [
        'sh',
        resolve(options.script),
        ...words,
        '--output',
        join(folder, 'out'),
        '-j',
        String(jobs),
      ],
      {},
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// Compiles what is stale before anything is measured.
spawnSync(launcher, ['--version'], { stdio: 'ignore' });
const { findProject } = await import('../dist/project/project.js');
const { loadCatalogue } = await import('../dist/engine/catalogue.js');
const { Memo } = await import('../dist/util/memo.js');
const { Store } = await import('../dist/store/store.js');
const { recordedSeconds, remainingPaths } = await import('../dist/engine/scheduler/priorities.js');
const { unitGraph } = await import('../dist/plan/unit-graph.js');
const { dependencies } = await import('../dist/plan/unit.js');

const scripts = [];
let state;
let built;
try {
  if (!options.measured) {
    state = await mkdtemp(join(tmpdir(), 'stubforge-bench-'));
    const environment = { STUBFORGE_HOME: state };
    const words = (command) => [launcher, command, recipe, '--arch', options.arch, '--quiet'];
    await timed(words('source').toSpliced(2, 0, 'fetch').toSpliced(4, 2), environment);
    if (options.script) scripts.push(await runScript(state));
    const more = options.sandbox ? ['--sandbox', options.sandbox] : [];
    built = await timed([...words('build'), '-j', String(jobs), ...more], environment);
    if (options.script) scripts.push(await runScript(state));
  }

  const project = findProject({ stateDir: state });
  const store = new Store(project.state.store);
  const graph = unitGraph(await loadCatalogue(project, new Memo(project.state.memo)), [
    { recipe, architecture: options.arch },
  ]);
  const records = new Map();
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
    stages: stagesOf(records.get(unit.name), jobs),
  }));
  const paths = remainingPaths(units, (name) => recordedSeconds(records.get(name)));
  const { longest, work } = bounds(units);
  // A sandbox ends before it has waited for what ran in it, whose time then is in nobody's sum.
  const inSandbox = [...records.values()]
    .flatMap((record) => record.phases)
    .reduce((sum, { cpuSeconds }) => sum + (cpuSeconds ?? 0), 0);
  if (built && options.sandbox !== 'none') built.cpu += inSandbox;
  const round = (seconds) => Math.round(seconds * 10) / 10;
  const ratio = (value) => Math.round(value * 1000) / 1000;
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
  const result = { recipe, architecture: options.arch, jobs, units: units.length };
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
  if (scripts.length > 0) {
    const mean = scripts.reduce((sum, each) => sum + each.wall, 0) / scripts.length;
    result.script = scripts.map(({ wall, cpu }) => ({ wall: round(wall), cpu: round(cpu) }));
    result.wallToScript = ratio(built.wall / mean);
  }
  if (options.json) console.log(JSON.stringify({ ...result, simulated: rows }));
  else {
    const { script, ...figures } = result;
    console.table(
      script ? { ...figures, script: script.map(({ wall }) => wall).join(', ') } : figures,
    );
    console.table(rows);
  }
} finally {
  if (state) await rm(state, { recursive: true, force: true });
}
