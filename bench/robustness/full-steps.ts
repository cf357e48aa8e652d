// Full disks that aim at each step: how much is in use when a step begins is measured first, and the
// sizes are chosen from there on. A disk is full when it has no blocks or no inodes left.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, type StatsFs, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../../src/events/event.js';
import {
  leftovers,
  ofType,
  outputsOf,
  type Ran,
  type Result,
  resultOf,
  runStore,
  start,
  type Task,
  verify,
} from './project.js';
import { steppedProject } from './stepped-project.js';

interface Resource {
  option: string;
  suffix: string;
  grain: number;
  store: number;
  used: (disk: StatsFs) => number;
}

/** What can meet a full disk. */
interface Scenario {
  name: string;
  /** What is too small. */
  disk: string;
  state: string;
  resource: keyof typeof resources;
  /** Fills the disk before that. */
  prepare: () => unknown;
  run: (onEvent?: (event: Event) => void) => Promise<Ran>;
  result: (ran: Ran) => unknown;
  /** What is wrong with what a failed run has left, if anything is. */
  check: () => Promise<string | undefined>;
  /** The result of a run with room enough. */
  expected?: string;
}

/** From and to how much is in use at a step. */
interface Window {
  from: number;
  to: number;
}

/** The greatest size that was too small, and the least that was enough. */
interface Edge {
  fails: number;
  fits: number;
}

/**
 * What a file system in memory can be short of, with the smallest difference that counts, and about
 * what the store takes for an output that lies on the same disk already: pages for its list and its
 * records, and names for its files.
 */
const resources: Record<'size' | 'inodes', Resource> = {
  /** In KiB; it gives out whole pages. */
  size: {
    option: 'size',
    suffix: 'k',
    grain: 4,
    store: 24,
    used: (s) => ((s.blocks - s.bfree) * s.bsize) / 1024,
  },
  inodes: { option: 'nr_inodes', suffix: '', grain: 1, store: 120, used: (s) => s.files - s.ffree },
};
const phasesOfRecipe = ['patch', 'configure', 'compile', 'install'];
const roomy = 'size=256m,nr_inodes=100000';

export async function fillAtSteps({ folder, count, random, progress }: Task): Promise<Result> {
  if (process.getuid?.() !== 0) return { figures: { skipped: 'only root may mount' }, losses: [] };
  const losses: object[] = [];
  const failedIn: Record<string, number> = {};
  const figures = { sizes: 0, succeeded: 0, failedIn };
  const project = join(folder, 'step-project');
  const server = await steppedProject(project, random);
  try {
    const scenarios = await scenariosOf(folder, project);
    let done = 0;
    for (const [index, scenario] of scenarios.entries()) {
      const sizes = Math.floor((count * (index + 1)) / scenarios.length) - done;
      const windows = sizes > 0 ? await measure(scenario) : [];
      const edge = { fails: windows[0]?.from ?? 0, fits: 2 * (windows.at(-1)?.to ?? 0) };
      for (let at = 0; at < sizes; at++) {
        const { grain } = resources[scenario.resource];
        const { from, to } =
          at % 2 === 0 ? windows[(at / 2) % windows.length]! : nextAtEdge(edge, scenario);
        const wanted = grain * Math.ceil((from + random() * (to - from)) / grain);
        const size = Math.max(grain * 2, wanted);
        const step = await attempt(scenario, size, losses);
        if (step === undefined) edge.fits = Math.min(edge.fits, size);
        else edge.fails = Math.max(edge.fails, size);
        figures.sizes++;
        if (step === undefined) figures.succeeded++;
        else failedIn[step] = (failedIn[step] ?? 0) + 1;
        progress('full disk by step', ++done, count, losses);
      }
    }
  } finally {
    server.close();
  }
  return { figures, losses };
}

/**
 * The next size to try where too small and large enough meet: halfway while they are apart, and then a
 * little below, where the store takes over what was built.
 */
function nextAtEdge({ fails, fits }: Edge, { resource }: Scenario): Window {
  const { grain, store } = resources[resource];
  if (fits - fails > grain) return { from: (fails + fits) / 2, to: (fails + fits) / 2 };
  return { from: fits - store, to: fits - grain };
}

async function scenariosOf(folder: string, project: string): Promise<Scenario[]> {
  const disk = join(folder, 'step-disk');
  mkdirSync(disk, { recursive: true });
  const images = process.env.STUBFORGE_TEST_STATE ?? join(folder, 'step-images');
  const archive = join(folder, 'step-image.tar');
  const below = join(folder, 'step-below.tar');
  const run = (
    root: string,
    state: string,
    words: readonly string[],
    onEvent?: (event: Event) => void,
  ) => start(root, state, words, { common: [], onEvent }).ended;
  const built = await required(run('/', images, ['build', 'zlib-selftest']));
  await required(run('/', images, ['store', 'export', archive, 'zlib-selftest:stubdom-amd64']));
  // All that the image's own build takes in; a state that tests share holds other outputs as well.
  const planned = ofType(built, 'plan').flatMap(({ build, fresh }) => [...build, ...fresh]);
  const others = planned.filter((unit) => !unit.startsWith('zlib-selftest:'));
  await required(run('/', images, ['store', 'export', below, ...others]));

  const onDisk = {
    disk,
    state: disk,
    check: async () => ((await verify(disk)).sound ? undefined : 'the store is damaged'),
  };
  const build = (name: string, root: string, prepare: () => unknown) => ({
    ...onDisk,
    name,
    prepare,
    run: (onEvent?: (event: Event) => void) =>
      run(root, disk, ['build', root === '/' ? 'zlib-selftest' : 'stepped'], onEvent),
    result: (ran: Ran) => outputsOf(ran),
  });
  const importing = {
    ...onDisk,
    name: 'import',
    prepare: () => {},
    run: () => run('/', disk, ['store', 'import', archive]),
    result: () => runStore(disk, ['stat']).then((ran) => resultOf<Statistics>(ran)!.outputs),
  };
  const exported = join(disk, 'exported.tar');
  const exporting = {
    name: 'export',
    disk,
    state: images,
    prepare: () => {},
    run: () => run('/', images, ['store', 'export', exported, 'zlib-selftest:stubdom-amd64']),
    result: () => execFileSync('sha256sum', [exported], { encoding: 'utf8' }),
    check: async () => (existsSync(exported) ? 'half an archive is there' : undefined),
  };
  const bringBelow = () => required(run('/', disk, ['store', 'import', below]));
  return [
    { ...build('build', project, () => {}), resource: 'size' },
    { ...build('build', project, () => {}), resource: 'inodes' },
    { ...build('image', '/', bringBelow), resource: 'size' },
    { ...importing, resource: 'size' },
    { ...importing, resource: 'inodes' },
    { ...exporting, resource: 'size' },
  ];
}

/** What `store stat` tells, as far as it is of use here. */
interface Statistics {
  outputs: unknown;
}

async function required(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  if (ran.code !== 0) throw new Error(`${ran.stdout.slice(-2000)}\n${ran.stderr}`);
  return ran;
}

const mount = (disk: string, options: string) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'stubforge-full', disk]);
const unmount = (disk: string) => execFileSync('umount', ['-l', disk]);

/** Runs with room enough; gives how much is in use from each event to the next. */
async function measure(scenario: Scenario): Promise<Window[]> {
  const { disk, resource } = scenario;
  const { used, grain } = resources[resource];
  mount(disk, roomy);
  try {
    await scenario.prepare();
    const levels = [used(statfsSync(disk))];
    const ran = await scenario.run((event) => {
      if (/^(?:phase-|download-done)/.test(event.type)) levels.push(used(statfsSync(disk)));
    });
    if (ran.code !== 0) throw new Error(`${ran.stdout.slice(-2000)}\n${ran.stderr}`);
    scenario.expected = JSON.stringify(await scenario.result(ran));
    const sorted = [...levels, used(statfsSync(disk))].sort((a, b) => a - b);
    return sorted
      .slice(1)
      .map((to, index) => ({ from: sorted[index]!, to }))
      .filter(({ from, to }) => to - from >= grain);
  } finally {
    unmount(disk);
  }
}

/** Runs with a disk of a size, then with a large one; gives the step that failed, if one did. */
async function attempt(
  scenario: Scenario,
  size: number,
  losses: object[],
): Promise<string | undefined> {
  const { disk, state, name, resource } = scenario;
  const { option, suffix } = resources[resource];
  const context = { name, resource, size };
  mount(disk, roomy);
  try {
    await scenario.prepare();
    const before = leftovers(disk).length;
    execFileSync('mount', ['-o', `remount,${option}=${size}${suffix}`, disk]);
    const small = await scenario.run();
    let step: string | undefined;
    if (small.code !== 0) {
      const diagnostics = [...ofType(small, 'unit-failed'), ...ofType(small, 'error')];
      const [first] = diagnostics;
      step = `${name}: ${first ? stepOf(first) : 'nothing said'} (${resource})`;
      const { span, help } = first?.diagnostics[0] ?? {};
      const told = /disk is full|No space left|MiB are free/i.test(JSON.stringify(diagnostics));
      // The commands of a recipe say in its log what they could not write.
      const named =
        span?.file !== undefined ||
        (first?.type === 'unit-failed' && phasesOfRecipe.includes(first.phase));
      if (small.code !== 1 || !told || !named || !help || /\n {4}at /.test(small.stderr)) {
        losses.push({ ...context, code: small.code, diagnostics, stderr: small.stderr });
      }
      const left = leftovers(disk);
      if (left.length > before) losses.push({ ...context, step, left });
      const fault = await scenario.check();
      if (fault) losses.push({ ...context, step, fault });
      // What makes room has to work without any.
      if (existsSync(join(state, 'store', 'lock')) && state === disk) {
        const collected = await runStore(state, ['gc']);
        if (collected.code !== 0) losses.push({ ...context, step, gc: collected.stdout });
      }
    }
    execFileSync('mount', ['-o', `remount,${roomy}`, disk]);
    const large = await scenario.run();
    const result = large.code === 0 ? JSON.stringify(await scenario.result(large)) : undefined;
    if (result !== scenario.expected) {
      losses.push({
        ...context,
        step,
        code: large.code,
        result,
        stdout: large.stdout.slice(-2000),
      });
    }
    return step;
  } finally {
    unmount(disk);
  }
}

/** The phase that failed; of the steps into the store, by the file that could not be written. */
function stepOf(event: Extract<Event, { type: 'unit-failed' | 'error' }>): string {
  const phase = event.type === 'error' ? 'outside of units' : event.phase;
  const file = event.diagnostics[0]?.span?.file ?? '';
  const part = /\/store\/(files|manifests|keys|units|staging|outputs)(?:\/|$)/.exec(file)?.[1];
  const names: Record<string, string> = {
    manifests: 'list',
    keys: 'record',
    units: 'newest record',
  };
  if (part && (phase === 'store' || event.type === 'error'))
    return `put, ${names[part] ?? 'files'}`;
  return phase;
}
