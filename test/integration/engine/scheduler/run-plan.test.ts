/** What the scheduler asks of an executor, and when: tests say when each job ends, and how. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planRecipes } from '../../../../src/app/planning.js';
import { Session } from '../../../../src/app/session.js';
import type {
  Executor,
  PreparedJob,
  RunContext,
} from '../../../../src/engine/executor/executor.js';
import type { SourceJob, UnitResult } from '../../../../src/engine/executor/unit-job.js';
import { runPlan, type ScheduleOptions } from '../../../../src/engine/scheduler/run-plan.js';
import { findProject } from '../../../../src/project/project.js';
import type { Store } from '../../../../src/store/store.js';
import { lacks } from '../../../support/lacks.js';
import { temporaryTree } from '../../../support/temporary.js';
import { isPending, until } from '../../../support/until.js';

/** An executor whose jobs end when a test says so. */
class HandDriven implements Executor {
  /** What happened, in its order: `prepare a`, `run a`, `close a`. */
  readonly log: string[] = [];
  readonly #running = new Map<string, (result: UnitResult) => void>();
  readonly #defects = new Map<string, (defect: Error) => void>();
  readonly #contexts = new Map<string, RunContext>();

  constructor(private readonly store: Store) {}

  async prepare(job: SourceJob): Promise<PreparedJob> {
    const { name } = job.unit.recipe;
    this.log.push(`prepare ${name}`);
    return {
      run: async (outputs, context) => {
        this.log.push(['run', name, ...Object.keys(outputs)].join(' '));
        this.#contexts.set(name, context);
        return new Promise((resolve, reject) => {
          this.#running.set(name, resolve);
          this.#defects.set(name, reject);
        });
      },
      [Symbol.asyncDispose]: async () => void this.log.push(`close ${name}`),
    };
  }

  /** Waits until the unit is being built, and lets it succeed. */
  async succeed(name: string): Promise<void> {
    const end = await this.#ending(name);
    const tree = join(await temporaryTree(), 'dest');
    await mkdir(tree);
    await writeFile(join(tree, name), name);
    end({ state: 'built', output: await this.store.add(tree), seconds: 1, phases: [] });
  }

  /** Ends the unit with what is a defect of the executor, and no failure of the unit. */
  async breakDown(name: string): Promise<void> {
    await until(() => this.#running.has(name));
    this.#defects.get(name)!(new Error(`${name} is a defect`));
  }

  async fail(name: string): Promise<void> {
    const end = await this.#ending(name);
    this.#contexts.get(name)!.onFailure?.();
    end({
      state: 'failed',
      phase: 'compile',
      diagnostics: [{ id: 'test.broken', message: `${name} is broken` }],
    });
  }

  /** What was run so far, each with the units whose outputs it was given. */
  runs(): string[] {
    return this.log.filter((line) => line.startsWith('run'));
  }

  /** The name of the unit that is run first. */
  async firstRun(): Promise<string> {
    await until(() => this.runs().length > 0);
    return this.runs()[0]!.slice('run '.length);
  }

  async #ending(name: string): Promise<(result: UnitResult) => void> {
    await until(() => this.#running.has(name));
    return this.#running.get(name)!;
  }
}

/** Starts a run of recipes, each with its needs. */
async function start(needs: Record<string, string[]>, options: Partial<ScheduleOptions> = {}) {
  const files = Object.entries(needs).flatMap(([name, needed]) => [
    [`recipes/${name}/text`, name],
    [
      `recipes/${name}.yaml`,
      `name: ${name}\nkind: tool\nsummary: a test\nsource: { local: ${name} }\nbuild: script\n` +
        `needs: [${needed.join(', ')}]\nscript: |\n  true\n`,
    ],
  ]);
  const directory = await temporaryTree(Object.fromEntries(files) as Record<string, string>);
  const project = findProject({ directory, stateDir: join(await temporaryTree(), 'state') });
  const controller = new AbortController();
  const { signal } = controller;
  const session = new Session({ project, emit: () => {}, offline: true, signal });
  const held = await session.holdStore('shared');
  onTestFinished(() => held[Symbol.asyncDispose]());
  const { engine, plan, world } = await planRecipes(session, held, Object.keys(needs), {});
  const executor = new HandDriven(session.store);
  const settings = { jobs: 1, failFast: false, keep: false, ...options };
  const running = runPlan({ ...engine, executor }, plan, world, settings);
  return { executor, running, controller, session };
}

test.skipIf(lacks('gcc'))(
  'a unit is run when all that it needs is built, with its outputs',
  async () => {
    const { executor, running, session } = await start(
      { top: ['left', 'right'], left: [], right: [] },
      { jobs: 2 },
    );
    await executor.succeed('left');
    await executor.succeed('right');
    await executor.succeed('top');
    const summary = await running;
    expect(summary.built.toSorted()).toEqual(['left:native', 'right:native', 'top:native']);
    expect(executor.log).toContain('run top left:native right:native');
    const ends = executor.log.filter((line) => line.startsWith('close'));
    expect(ends.toSorted()).toEqual(['close left', 'close right', 'close top']);
    const record = await session.store.latest('top:native');
    expect(record?.output).toBe(summary.outputs.get('top:native'));
  },
);

test.skipIf(lacks('gcc'))(
  'a source is prepared while what its unit needs is being built, and the unit waits',
  async () => {
    const { executor, running } = await start({ top: ['below'], below: [] }, { jobs: 2 });
    await until(() => executor.log.includes('run below') && executor.log.includes('prepare top'));
    expect(executor.log.some((line) => line.startsWith('run top'))).toBe(false);
    await executor.succeed('below');
    await executor.succeed('top');
    await running;
  },
);

test.skipIf(lacks('gcc'))('with one job token, one unit is built at a time', async () => {
  const { executor, running } = await start({ one: [], two: [] });
  const first = await executor.firstRun();
  expect(await isPending(running)).toBe(true);
  expect(executor.runs()).toEqual([`run ${first}`]);
  await executor.succeed(first);
  await executor.succeed(first === 'one' ? 'two' : 'one');
  await running;
});

test.skipIf(lacks('gcc'))(
  'what needs a failed unit is skipped and closed, and all else is built',
  async () => {
    const { executor, running } = await start(
      { top: ['broken'], broken: [], fine: [] },
      { jobs: 2 },
    );
    await executor.fail('broken');
    await executor.succeed('fine');
    const summary = await running;
    expect(summary).toMatchObject({
      built: ['fine:native'],
      failed: ['broken:native'],
      skipped: ['top:native'],
    });
    const prepared = executor.log.filter((line) => line.startsWith('prepare')).length;
    expect(executor.log.filter((line) => line.startsWith('close'))).toHaveLength(prepared);
  },
);

test.skipIf(lacks('gcc'))(
  'after a failure, --fail-fast starts nothing with the token that becomes free',
  async () => {
    const { executor, running } = await start(
      { one: [], two: [], three: [], four: [] },
      { failFast: true },
    );
    // They hold up nothing, so any of them may come first.
    const first = await executor.firstRun();
    await executor.fail(first);
    const summary = await running;
    expect(summary.failed).toEqual([`${first}:native`]);
    expect(summary.skipped).toHaveLength(3);
    expect(executor.runs()).toEqual([`run ${first}`]);
  },
);

test.skipIf(lacks('gcc'))(
  'an abort keeps what is finished and closes what was prepared',
  async () => {
    const { executor, running, controller, session } = await start({ top: ['below'], below: [] });
    await executor.succeed('below');
    await until(() => executor.log.some((line) => line.startsWith('run top')));
    controller.abort(new Error('stopped'));
    await executor.fail('top');
    await expect(running).rejects.toThrow('stopped');
    expect(await session.store.latest('below:native')).toBeDefined();
    expect(await session.store.latest('top:native')).toBeUndefined();
    expect(executor.log.at(-1)).toBe('close top');
  },
);

test.skipIf(lacks('gcc'))(
  'a defect is thrown when the units that were running have ended',
  async () => {
    const { executor, running } = await start(
      { one: [], two: [], top: ['one', 'two'] },
      { jobs: 2 },
    );
    await until(() => executor.runs().length === 2);
    const [broken, other] = executor.runs().map((line) => line.slice('run '.length));
    await executor.breakDown(broken!);
    await until(() => executor.log.includes(`close ${broken}`));
    expect(await isPending(running)).toBe(true);
    await executor.fail(other!);
    await expect(running).rejects.toThrow(`${broken} is a defect`);
    expect(executor.runs()).toHaveLength(2);
    const prepared = executor.log.filter((line) => line.startsWith('prepare')).length;
    expect(executor.log.filter((line) => line.startsWith('close'))).toHaveLength(prepared);
  },
);
