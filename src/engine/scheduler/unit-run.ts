import type { UnitName } from '../../events/event.js';
import { judge, outputsSeen } from '../../plan/make-plan.js';
import { dependencies, type Unit } from '../../plan/unit.js';
import { isBuilt, recipeSources } from '../../recipe/recipe.js';
import { UserError } from '../../util/diagnostic.js';
import { diagnoseDiskError } from '../../util/disk-errors.js';
import { withFileLock } from '../../util/file-lock.js';
import { UnitFailure } from '../failure/explain-failure.js';
import { withJobs } from '../jobserver/phase-jobs.js';
import { Turn } from '../jobserver/turn.js';
import {
  buildUnit,
  type During,
  discardPrepared,
  type PreparedUnit,
  prepareUnit,
} from '../unit/build-unit.js';
import { removeTree, workspaceOf } from '../unit/workspace.js';
import { repairInputs } from './repair-inputs.js';
import type { Run } from './run.js';

/** One unit's way through a run: its source is made ready, its dependencies awaited, and it is built. */
export class UnitRun {
  /**
   * Resolves when the unit is built, taken as fresh, failed or skipped, although its workspace may
   * still be there. Rejects for defects only.
   */
  readonly finished: Promise<void>;
  readonly #ready: Promise<void>;
  /** All dependencies have come to an end, well or not. */
  #isReady = false;
  readonly #started = signalled();
  readonly #begun = signalled();
  readonly #built = signalled();
  #prepared: PreparedUnit | undefined;
  #prepareSeconds = 0;

  /** `needed`: the runs of its stale dependencies. */
  constructor(
    private readonly run: Run,
    private readonly unit: Unit,
    needed: readonly UnitRun[],
  ) {
    this.#ready = Promise.all(needed.map((each) => each.finished)).then(() => {
      this.#isReady = true;
    });
    const closed = this.#go().finally(() => this.#begun.signal());
    run.closing.push(closed);
    this.finished = Promise.race([this.#built.promise, closed]);
  }

  /**
   * Makes the source ready although dependencies are still being built. Resolves when the unit's own
   * build begins, or the unit has come to an end.
   */
  async prepareAhead(): Promise<void> {
    this.#started.signal();
    await this.#begun.promise;
  }

  async #go(): Promise<void> {
    const { engine } = this.run;
    const { root } = workspaceOf(engine.project, this.unit.name);
    await Promise.race([this.#started.promise, this.#ready]);
    if (this.#skipped()) return;
    const started = Date.now();
    // Two processes must not build in the same folder, and the second one need not build at all.
    const waiting = setTimeout(() => {
      const message = `${this.unit.name}: waiting for another stubforge that works on it`;
      engine.emit({ type: 'note', message });
    }, 1000);
    try {
      await withFileLock(`${root}.lock`, engine.signal, async (lock) => {
        clearTimeout(waiting);
        // What it needs may have failed while somebody else held the lock.
        if (this.#isReady && (this.#skipped() || (await this.#stale()) === undefined)) return;
        await this.#prepare();
        await this.#ready;
        if (!this.#skipped()) await this.#build(lock);
      });
    } catch (error) {
      const diagnostic = await diagnoseDiskError(error, engine.project.state.root);
      this.#fail(diagnostic, (Date.now() - started) / 1000);
    } finally {
      clearTimeout(waiting);
      // Nobody will look at a source that was only unpacked.
      if (this.#prepared) await discardPrepared(this.#prepared);
    }
  }

  async #prepare(): Promise<void> {
    const { engine, pool, pathOf, fetching } = this.run;
    for (const source of recipeSources(this.unit.recipe)) {
      await inPhase('fetch', () => fetching.fetched(source));
    }
    const turn = new Turn(pool, pathOf(this.unit.name).prepare, engine.signal);
    await turn.begin();
    try {
      if (this.#reasonToSkip() !== undefined) return;
      const started = Date.now();
      this.#prepared = await prepareUnit(engine, this.unit);
      this.#prepareSeconds = (Date.now() - started) / 1000;
    } catch (error) {
      this.run.failed ??= this.unit.name;
      throw error;
    } finally {
      turn.end();
    }
  }

  async #build(lock: number): Promise<void> {
    const { engine, pool, pathOf, memory, summary, rebuild } = this.run;
    const lost = await repairInputs(engine, this.unit, summary.outputs, rebuild);
    if (lost !== undefined) return this.#skip(`${lost} failed`);
    const { recipe } = this.unit;
    const free = await memory.reserve(isBuilt(recipe) ? recipe.buildMemory : 0, engine.signal);
    const turn = new Turn(pool, pathOf(this.unit.name).build, engine.signal);
    try {
      await turn.begin();
      this.#begun.signal();
      const stale = this.#skipped() ? undefined : await this.#stale();
      if (stale) await this.#buildStale(turn, stale, lock);
    } catch (error) {
      this.run.failed ??= this.unit.name;
      throw error;
    } finally {
      turn.end();
      free();
    }
  }

  async #buildStale(turn: Turn, { reason, detail, key }: Stale, lock: number): Promise<void> {
    const { engine, pool, options, summary } = this.run;
    const { name } = this.unit;
    const started = Date.now();
    const waitedBefore = turn.waited;
    const seconds = () =>
      this.#prepareSeconds + (Date.now() - started) / 1000 - (turn.waited - waitedBefore);
    const prepared = this.#prepared!;
    this.#prepared = undefined;
    const { root, log } = prepared.workspace;
    engine.emit({ type: 'unit-start', unit: name, reason, detail, log });
    const tree = await buildUnit(engine, prepared, {
      jobs: pool.jobs,
      outputOf: this.#outputOf,
      during: this.#during(turn, root),
      lock,
    });
    const record = await inPhase('store', () =>
      engine.store.put({ unit: name, ...key, seconds: seconds(), phases: prepared.times }, tree),
    );
    summary.built.push(name);
    summary.outputs.set(name, record.output);
    const output = engine.store.outputDirectory(record.output);
    engine.emit({ type: 'unit-done', unit: name, seconds: seconds(), output });
    // Removing a large tree takes a second, in which others can go on.
    turn.end();
    this.#built.signal();
    if (!options.keep) await this.#removeWorkspace(root);
  }

  async #removeWorkspace(root: string): Promise<void> {
    try {
      await removeTree(root);
    } catch (error) {
      const message = `${this.unit.name}: its workspace stays until the next build: ${(error as Error).message}`;
      this.run.engine.emit({ type: 'note', message });
    }
  }

  /** Between two phases somebody more urgent may go first. */
  #during(turn: Turn, root: string): During {
    return async (client, work) => {
      await turn.yield();
      return withJobs(this.run.pool, turn, { client, root }, async (jobs) => {
        try {
          return await work(jobs);
        } catch (error) {
          // Before any token is free again, so that --fail-fast starts nothing with it.
          this.run.failed ??= this.unit.name;
          throw error;
        }
      });
    };
  }

  /**
   * Why the unit has to be built. Undefined when its output has turned out to exist: what it needs may
   * have come out as it was, and another process may have built it meanwhile.
   */
  async #stale(): Promise<Stale | undefined> {
    const { engine, plan, world, summary } = this.run;
    const { name } = this.unit;
    const planned = plan.staleness.get(name)!;
    const forced = planned.state === 'stale' && planned.reason === 'forced';
    const outputs = outputsSeen(this.unit, this.#outputOf);
    const verdict = await judge(this.unit, outputs, world, forced);
    if (verdict.state === 'stale') return verdict;
    summary.fresh.push(name);
    summary.outputs.set(name, verdict.output);
    const why = planned.key
      ? 'another stubforge built it meanwhile'
      : 'what it needs was rebuilt to the same content';
    engine.emit({ type: 'unit-fresh', unit: name, reason: `${why}; ${verdict.reason}` });
    return undefined;
  }

  readonly #outputOf = (name: UnitName) => this.run.summary.outputs.get(name)!;

  #reasonToSkip(): string | undefined {
    const { engine, summary, options, failed } = this.run;
    if (engine.signal.aborted) return 'stopped';
    const broken = dependencies(this.unit).find(
      (each) => summary.failed.includes(each) || summary.skipped.includes(each),
    );
    if (broken) return `${broken} failed`;
    return options.failFast && failed ? `--fail-fast after ${failed}` : undefined;
  }

  /** Asked again after each wait: whether the unit still is to be built. */
  #skipped(): boolean {
    const because = this.#reasonToSkip();
    if (because !== undefined) this.#skip(because);
    return because !== undefined;
  }

  #skip(because: string): void {
    this.run.summary.skipped.push(this.unit.name);
    this.run.engine.emit({ type: 'unit-skipped', unit: this.unit.name, because });
  }

  #fail(error: unknown, seconds: number): void {
    const { engine, summary } = this.run;
    const { name } = this.unit;
    if (engine.signal.aborted) {
      this.#skipped();
      return;
    }
    const failure =
      error instanceof UnitFailure
        ? { phase: error.phase, diagnostic: error.diagnostic }
        : error instanceof UserError
          ? { phase: 'prepare', diagnostic: error.diagnostics[0]! }
          : undefined;
    if (!failure) throw error;
    this.run.failed ??= name;
    summary.failed.push(name);
    const { log } = workspaceOf(engine.project, name);
    engine.emit({ type: 'unit-failed', unit: name, ...failure, seconds, log });
  }
}

type Stale = Extract<Awaited<ReturnType<typeof judge>>, { state: 'stale' }>;

/** Lets a failure outside of the phases of a recipe tell what it was part of. */
async function inPhase<Result>(phase: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof UserError ? new UnitFailure(phase, error.diagnostics[0]!) : error;
  }
}

/** A promise that somebody else fulfils. */
function signalled(): { promise: Promise<void>; signal: () => void } {
  let signal!: () => void;
  const promise = new Promise<void>((resolve) => {
    signal = resolve;
  });
  return { promise, signal };
}
