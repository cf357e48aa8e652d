/** A second build of a unit in other surroundings, held against the first. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Engine } from '../build/engine.js';
import type { Places } from '../build/places.js';
import type { Variation } from '../build/surroundings.js';
import { buildUnit, prepareUnit } from '../build/unit-build.js';
import { workspaceIn, workspaceOf } from '../build/workspace.js';
import type { Event, UnitName } from '../events.js';
import type { Unit } from '../plan/unit.js';
import { withFileLock } from '../util/file-lock.js';
import { compareTrees, type Difference } from './trees.js';

export interface CheckResult {
  unit: UnitName;
  differences: Difference[];
  /** Lines of diffoscope, where it is installed and there are differences. */
  diffoscope?: string[];
}

/** What the second build varies, and what not, in words for people. */
export const varied =
  'varied: folders and their names’ lengths, time of day, user, host name, locale, time zone, number of jobs';
export const notVaried =
  'not varied: the date beyond the time that passes, the order of files in folders, the machine’s packages, processor and kernel; for tools, and without a sandbox, the folders that the build sees but its workspace; without a sandbox, user and host name';

/** The folders of the second build: of other lengths, and with none in the place of another's. */
const otherPlaces = (recipe: string): Places => {
  const root = `/second-build/in-another-and-longer-folder/${recipe}-again`;
  return {
    root,
    source: join(root, 'source'),
    build: join(root, 'build'),
    dest: join(root, 'dest'),
    home: join(root, 'home'),
    sysroot: '/second-build/sysroot-of-it',
    tools: '/second-build/tools-of-it',
    prefix: '/second-build/toolchain-of-it',
    answers: '/second-build/answers-of-it',
    recipe: '/second-build/recipe-of-it',
  };
};

const variationOf = (unit: Unit): Variation => ({
  // Only the toolchain's compiler is told which folders it must not name.
  places: unit.toolchain ? otherPlaces(unit.recipe.name) : undefined,
  environment: {
    LC_ALL: 'C.UTF-8',
    LANG: 'C.UTF-8',
    TZ: 'ELSE-12:45',
    USER: 'somebody-else',
    LOGNAME: 'somebody-else',
  },
  identity: { uid: 4711, gid: 815, host: 'elsewhere' },
});

export interface AgainOptions {
  /** The output that the first build gave. */
  first: string;
  outputOf: (unit: UnitName) => string;
  /** How many jobs the first build had; the second one has one more. */
  jobs: number;
}

/**
 * Builds a unit once more and compares. Nothing of it is kept. Throws UnitFailure when the second
 * build fails where the first did not, and leaves its workspace and log behind then.
 */
export async function checkUnit(
  engine: Engine,
  unit: Unit,
  options: AgainOptions,
): Promise<CheckResult> {
  const name = `${unit.name} (again)`;
  const own = workspaceOf(engine.project, unit.name);
  const root = join(engine.project.stateDir, 'check', 'again', own.root.split('/').at(-1)!);
  const workspace = workspaceIn(root, own.log.replace(/\.log$/, '.again.log'));
  const emit = (event: Event) =>
    engine.emit('unit' in event && event.unit === unit.name ? { ...event, unit: name } : event);
  const again = { ...engine, emit };

  const started = Date.now();
  engine.emit({
    type: 'unit-start',
    unit: name,
    reason: 'forced',
    detail: 'to compare',
    log: workspace.log,
  });
  const jobs = options.jobs + 1;
  // Another process that checks the same unit must not do it in the same folders.
  const tree = await withFileLock(`${root}.lock`, engine.signal, async (lock) =>
    buildUnit(again, await prepareUnit(again, unit, workspace), {
      jobs,
      outputOf: options.outputOf,
      variation: variationOf(unit),
      lock,
      during: (_phase, work) =>
        work(() => ({
          environment: { MAKEFLAGS: `-j${jobs}`, NINJAFLAGS: `-j${jobs}` },
          prelude: '',
        })),
    }),
  );
  const first = engine.store.outputDirectory(options.first);
  const differences = await compareTrees(first, tree);
  const result: CheckResult = {
    unit: unit.name,
    differences,
    ...(differences.length > 0 && { diffoscope: await diffoscope(engine, first, tree) }),
  };
  if (differences.length === 0) await rm(root, { recursive: true, force: true });
  const seconds = (Date.now() - started) / 1000;
  engine.emit({ type: 'unit-done', unit: name, seconds, output: tree });
  return result;
}

/** What diffoscope says of two folders; undefined where it is not installed. */
async function diffoscope(engine: Engine, first: string, second: string) {
  const limits = ['--max-report-size', '200000', '--exclude-directory-metadata', 'yes'];
  const { stdout, exitCode } = await execa(
    'diffoscope',
    ['--text', '-', ...limits, first, second],
    {
      reject: false,
      cancelSignal: engine.signal,
    },
  );
  // 1 says that there are differences.
  return exitCode === 1 ? String(stdout).split('\n') : undefined;
}
