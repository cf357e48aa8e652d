import type { UnitName } from '../../events/event.js';
import { judge, outputsSeen } from '../../plan/make-plan.js';
import type { Unit } from '../../plan/unit.js';
import { diagnoseDiskError } from '../../project/disk-diagnostics.js';
import { isBuilt, recipeSources } from '../../recipe/recipe.js';
import { UserError } from '../../util/diagnostic.js';
import type { PreparedJob } from '../executor/executor.js';
import { sourceJob } from '../executor/unit-job.js';
import { UnitFailure } from '../failure/unit-failure.js';
import { Turn } from '../jobserver/turn.js';
import { lockWorkspace } from '../unit/workspace.js';
import type { Run } from './run.js';
import { fetchOutputs } from './unit-inputs.js';
import { UnitOutcome } from './unit-outcome.js';

/** One unit's way through a run: its source is made ready, its dependencies awaited, and it is built. */
export class UnitRun {
  /**
   * Resolves when the unit is built, found fresh, failed or skipped, although its workspace may still
   * be there. Rejects for defects only.
   */
  readonly finished: Promise<void>;
  readonly #outcome: UnitOutcome;
  readonly #ready: Promise<void>;
  /** All dependencies have been built, failed or were skipped. */
  #isReady = false;
  readonly #started = signalled();
  readonly #begun = signalled();
  readonly #built = signalled();

  /** `needed`: the runs of its stale dependencies. */
  constructor(
    private readonly run: Run,
    private readonly unit: Unit,
    needed: readonly UnitRun[],
  ) {
    this.#outcome = new UnitOutcome(run, unit);
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
    await Promise.race([this.#started.promise, this.#ready]);
    if (this.#outcome.skipped()) return;
    const started = Date.now();
    try {
      await this.#work();
    } catch (error) {
      const { root } = this.run.engine.project.state;
      const diagnostic = await diagnoseDiskError(error, { folder: root, state: root });
      this.#outcome.fail(diagnostic, (Date.now() - started) / 1000);
    }
  }

  async #work(): Promise<void> {
    const { engine, pool, pathOf, memory, summary, rebuild } = this.run;
    const { name, recipe } = this.unit;
    // Two processes must not build in the same folder, and the second one need not build at all.
    await using lock = await lockWorkspace(engine, name);
    // What it needs may have failed while somebody else held the lock.
    if (this.#isReady && (this.#outcome.skipped() || !(await this.#stale()))) return;

    await using prepared = await this.#prepare();
    await this.#ready;
    if (this.#outcome.skipped() || !prepared) return;
    const lost = await fetchOutputs(engine, this.unit, summary.outputs, rebuild);
    if (lost !== undefined) return this.#outcome.skip(`${lost} failed`);

    using _room = await memory.reserve(isBuilt(recipe) ? recipe.buildMemory : 0, engine.signal);
    using turn = await Turn.begin(pool, pathOf(name).build, engine.signal);
    this.#begun.signal();
    if (this.#outcome.skipped()) return;
    const stale = await this.#stale();
    if (!stale) return;
    await this.#build(prepared, stale, turn, lock.descriptor);
    // Removing its workspace takes a second, in which others can go on.
    turn.end();
    this.#built.signal();
  }

  /** Undefined when the unit no longer has to be built. */
  async #prepare(): Promise<PreparedJob | undefined> {
    const { engine, pool, pathOf, fetching, options } = this.run;
    for (const source of recipeSources(this.unit.recipe)) {
      await inPhase('fetch', () => fetching.fetched(source));
    }
    using _turn = await Turn.begin(pool, pathOf(this.unit.name).prepare, engine.signal);
    if (this.#outcome.reasonToSkip() !== undefined) return undefined;
    try {
      const job = sourceJob(engine, this.unit, { jobs: pool.jobs, keep: options.keep });
      return await engine.executor.prepare(job, engine);
    } catch (error) {
      this.#outcome.failing();
      throw error;
    }
  }

  async #build(
    prepared: PreparedJob,
    { reason, detail, key }: Stale,
    tokens: Turn,
    lock: number,
  ): Promise<void> {
    const { engine } = this.run;
    const { name } = this.unit;
    const onFailure = () => this.#outcome.failing();
    const log = engine.project.state.log(name);
    engine.emit({ type: 'unit-start', unit: name, reason, detail, log });
    const outputs = outputsSeen(this.unit, this.#outputOf);
    const result = await prepared.run(outputs, { tokens, lock, onFailure });
    if (result.state === 'failed') throw new UnitFailure(result.phase, result.diagnostics);
    const { output, seconds, phases } = result;
    const record = { unit: name, ...key, output, seconds, phases };
    await inPhase('store', () => engine.cache.put(record));
    this.#outcome.built(record);
  }

  /**
   * Why the unit has to be built. Undefined when its output turns out to exist: what it needs may have
   * come out as before, or another process may have built it in the meantime.
   */
  async #stale(): Promise<Stale | undefined> {
    const { plan, world } = this.run;
    const planned = plan.staleness.get(this.unit.name)!;
    const forced = planned.state === 'stale' && planned.reason === 'forced';
    const outputs = outputsSeen(this.unit, this.#outputOf);
    const verdict = await judge(this.unit, outputs, world, forced);
    if (verdict.state === 'stale') return verdict;
    const why = planned.key
      ? 'another stubforge has built it in the meantime'
      : 'what it needs was rebuilt and came out the same';
    this.#outcome.fresh(verdict.output, `${why}; ${verdict.reason}`);
    return undefined;
  }

  readonly #outputOf = (name: UnitName) => this.run.summary.outputs.get(name)!;
}

type Stale = Extract<Awaited<ReturnType<typeof judge>>, { state: 'stale' }>;

/** Names the phase of a failure that happens outside the phases of a recipe. */
async function inPhase<Result>(phase: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof UserError
      ? new UnitFailure(phase, error.diagnostics, { cause: error })
      : error;
  }
}

/** A promise that is fulfilled from outside. */
function signalled(): { promise: Promise<void>; signal: () => void } {
  let signal!: () => void;
  const promise = new Promise<void>((resolve) => {
    signal = resolve;
  });
  return { promise, signal };
}
