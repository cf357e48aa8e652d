/** Jobs are data: written to a file and read by another process, they come out as the same. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { planRecipes } from '../../../../src/app/planning.js';
import { selectUnits } from '../../../../src/app/selection.js';
import { Session } from '../../../../src/app/session.js';
import type { Engine } from '../../../../src/engine/engine.js';
import { commandsOfUnit } from '../../../../src/engine/environment/build-environment.js';
import { sandboxPaths } from '../../../../src/engine/environment/build-paths.js';
import { LocalExecutor } from '../../../../src/engine/executor/local-executor.js';
import {
  lockOf,
  type SourceJob,
  sourceJob,
  type UnitJob,
  type UnitResult,
  unitOf,
} from '../../../../src/engine/executor/unit-job.js';
import type { Event } from '../../../../src/events/event.js';
import { isBuiltUnit } from '../../../../src/plan/unit.js';
import { findProject, packageRoot } from '../../../../src/project/project.js';
import { recipeSources } from '../../../../src/recipe/recipe.js';
import { lockedSourceOf, readLock } from '../../../../src/source/lock-file.js';
import { toolchainOf } from '../../../../src/toolchain/load-toolchains.js';
import { lacks } from '../../../support/lacks.js';
import { temporaryTree } from '../../../support/temporary.js';

const signal = new AbortController().signal;

const tool = (name: string, script: string, more = '') =>
  `name: ${name}\nkind: tool\nsummary: a test\nsource: { local: ${name} }\nbuild: script\n` +
  `${more}script: |\n  mkdir -p "$dest/usr/share"\n  ${script}\n`;

/** Two tools, of which `above` reads what `below` has installed, and one that fails. */
async function planned() {
  const directory = await temporaryTree({
    'recipes/below.yaml': tool('below', 'cp "$source/text" "$dest/usr/share/below"'),
    'recipes/below/text': 'from below\n',
    'recipes/above.yaml': tool(
      'above',
      'tr a-z A-Z <"$(cat "$source/path")/below" >"$dest/usr/share/above"',
      'needs: [below]\n',
    ),
    'recipes/above/path': '/tools/usr/share\n',
    'recipes/broken.yaml': tool('broken', 'echo "error: it is broken" >&2; exit 3'),
    'recipes/broken/text': '',
  });
  const events: Event[] = [];
  const project = findProject({ directory, stateDir: join(await temporaryTree(), 'state') });
  const session = new Session({ project, emit: (event) => events.push(event), offline: true });
  await using held = await session.holdStore('shared');
  const { engine, graph } = await planRecipes(session, held, ['above', 'broken'], {});
  const jobOf = (name: string, outputs: Record<string, string>): UnitJob => ({
    ...sourceJob(engine, graph.get(name)!, { jobs: 1, keep: false }),
    outputs,
  });
  return { engine, jobOf, events };
}

const built = (result: UnitResult) => {
  if (result.state !== 'built') throw new Error(JSON.stringify(result));
  return result;
};

const run = (engine: Engine, job: UnitJob) => new LocalExecutor(engine).run(job, engine);

/** Runs a job that lies in a file, in a process that knows nothing else. */
async function runElsewhere(file: string): Promise<UnitResult> {
  const module = (path: string) => JSON.stringify(join(packageRoot, 'dist', path));
  const program = `
    import { readFileSync } from 'node:fs';
    const { LocalExecutor } = await import(${module('engine/executor/local-executor.js')});
    const { StateLayout } = await import(${module('project/state-layout.js')});
    const { Store } = await import(${module('store/store.js')});
    const job = JSON.parse(readFileSync(process.argv[1], 'utf8'));
    const { BuildEnvironments } = await import(${module('engine/environment/build-environments.js')});
    const { BuildMachine } = await import(${module('machine/build-machine.js')});
    const state = new StateLayout(job.state);
    const environments = new BuildEnvironments(state, new BuildMachine());
    const { ProcessGroups } = await import(${module('engine/unit/run-command.js')});
    const groups = new ProcessGroups();
    const executor = new LocalExecutor({ store: new Store(state.store), environments, groups });
    const context = { emit: () => {}, signal: new AbortController().signal };
    console.log(JSON.stringify(await executor.run(job, context)));
  `;
  const words = ['--input-type=module', '-e', program, file];
  const { stdout } = await execa(process.execPath, words, { cwd: '/' });
  return JSON.parse(stdout) as UnitResult;
}

test.skipIf(lacks('gcc', 'bubblewrap'))(
  'a job in a file gives another process the same output, with what it sees of others',
  async () => {
    const { engine, jobOf, events } = await planned();
    const below = built(await run(engine, jobOf('below:native', {})));
    const job = jobOf('above:native', { 'below:native': below.output });
    const above = built(await run(engine, job));
    const installed = join(engine.store.outputDirectory(above.output), 'usr/share/above');
    expect(await readFile(installed, 'utf8')).toBe('FROM BELOW\n');
    expect(above.phases.map((each) => each.phase)).toEqual(['unpack', 'script', 'check']);
    expect(existsSync(engine.project.state.build('above:native'))).toBe(false);
    expect(events.some((event) => event.type === 'phase-start')).toBe(true);

    const text = JSON.stringify(job);
    expect(JSON.parse(text)).toEqual(job);
    const file = join(await temporaryTree(), 'job.json');
    await writeFile(file, text);
    // Nothing that lies in the store already can pass for the other process's output.
    await engine.store.setAside(above.output);
    expect(engine.store.has(above.output)).toBe(false);
    const again = built(await runElsewhere(file));
    expect(again.output).toBe(above.output);
    expect(await engine.store.check(again.output, 'contents')).toEqual([]);
  },
);

test('a job in a file has all that the commands of a build for a toolchain are made of', async () => {
  const project = findProject({ directory: packageRoot, stateDir: await temporaryTree() });
  const session = new Session({ project, emit: () => {}, offline: true });
  const { graph } = await selectUnits(session, ['qemu-dm', 'zlib'], 'all');
  const lock = await readLock(project);
  let compared = 0;
  for (const unit of graph.values()) {
    if (!isBuiltUnit(unit)) continue;
    const job = sourceJob({ project, lock, sandbox: 'bubblewrap' }, unit, { jobs: 2, keep: false });
    const read = JSON.parse(JSON.stringify(job)) as SourceJob;
    const fromFile = unitOf(read, ({ description, architecture }) =>
      toolchainOf(description).target(architecture),
    );
    const [before, after] = [unit, fromFile].map((each) => {
      if (!isBuiltUnit(each)) throw new Error(`${each.name} is an artifact`);
      const paths = sandboxPaths(each.recipe.name);
      return commandsOfUnit(each, paths, { date: 1, jobs: '2', prefixMap: {} });
    });
    expect(after).toEqual(before);
    for (const source of recipeSources(unit.recipe)) {
      expect(lockedSourceOf(source, lockOf(read))).toEqual(lockedSourceOf(source, lock));
    }
    compared++;
  }
  expect(compared).toBeGreaterThan(10);
});

test.skipIf(lacks('gcc', 'bubblewrap'))(
  'a job that fails tells its phase and the reason as data, and leaves its workspace for a look',
  async () => {
    const { engine, jobOf } = await planned();
    const result = await run(engine, jobOf('broken:native', {}));
    expect(result).toMatchObject({ state: 'failed', phase: 'script' });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(JSON.stringify(result)).toContain('error: it is broken');
    expect(existsSync(engine.project.state.build('broken:native'))).toBe(true);
  },
);

test.skipIf(lacks('gcc', 'bubblewrap'))(
  'a job that is prepared and not run leaves nothing behind; one that is kept leaves its workspace',
  async () => {
    const { engine, jobOf } = await planned();
    const { outputs, ...job } = jobOf('below:native', {});
    const executor = new LocalExecutor(engine);
    const folder = engine.project.state.build('below:native');
    {
      await using _prepared = await executor.prepare(job, { emit: () => {}, signal });
      expect(existsSync(join(folder, 'source/text'))).toBe(true);
    }
    expect(existsSync(folder)).toBe(false);
    built(await run(engine, { ...job, outputs, keep: true }));
    expect(existsSync(join(folder, 'source/text'))).toBe(true);
  },
);

test.skipIf(lacks('gcc', 'bubblewrap'))(
  'an aborted job rejects with the reason and puts nothing into the store',
  async () => {
    const { engine, jobOf } = await planned();
    const controller = new AbortController();
    const emit = (event: Event) => {
      if (event.type === 'phase-start' && event.phase === 'script') {
        controller.abort(new Error('stopped'));
      }
    };
    const context = { emit, signal: controller.signal };
    const running = new LocalExecutor(engine).run(jobOf('below:native', {}), context);
    await expect(running).rejects.toThrow('stopped');
    expect(existsSync(engine.store.layout.outputs)).toBe(false);
  },
);
