import { join } from 'node:path';
import {
  feedFolder,
  type JobTokens,
  joinText,
  type PhaseJobs,
  type PhaseOptions,
} from './phase-jobs.js';
import type { Token, TokenPool } from './token-pool.js';

/** ninja looks for tokens only when one of its jobs ends, so it may take them late. */
const ninjaOfferTimeout = 500;

/**
 * A unit's position in the queue for tokens, and the one that it holds while it is its turn: that one
 * stands for the job that every tool may run without asking.
 */
export class Turn implements JobTokens, Disposable {
  #token: Token | undefined;
  waited = 0;

  private constructor(
    private readonly pool: TokenPool,
    private readonly priority: number,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Waits for a token. `priority`: seconds of the longest path that waits for the unit, itself
   * included. Rejects with the signal's reason when it is aborted meanwhile.
   */
  static async begin(pool: TokenPool, priority: number, signal: AbortSignal): Promise<Turn> {
    const turn = new Turn(pool, priority, signal);
    await turn.#resume();
    return turn;
  }

  /** Lets somebody more urgent go first, and opens a feed for the phase's tools. */
  async phase({ client, root }: PhaseOptions): Promise<PhaseJobs> {
    await this.#yield();
    const { pool } = this;
    const feed = client && (await this.#openFeed(client, root));
    // Where each compiler asks for itself, the tool that starts them needs no token of its own.
    if (client === 'compilers') this.end();
    return {
      join: (seen) => joinText(client, pool.jobs, seen),
      [Symbol.asyncDispose]: async () => {
        await feed?.[Symbol.asyncDispose]();
        // After an abort, the next phase reports it.
        await this.#resume().catch(() => {});
      },
    };
  }

  /** Gives the token back. What the unit still does afterwards must cost next to nothing. */
  end(): void {
    this.#token?.release();
    this.#token = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #openFeed(client: NonNullable<PhaseOptions['client']>, root: string) {
    const offerTimeout = client === 'ninja' ? ninjaOfferTimeout : undefined;
    return this.pool.openFeed(join(root, feedFolder), this.priority, offerTimeout);
  }

  async #resume(): Promise<void> {
    if (!this.#token) await this.#wait(this.pool.acquire(this.priority, this.signal));
  }

  async #yield(): Promise<void> {
    const token = this.#token;
    if (!token) return this.#resume();
    this.#token = undefined;
    await this.#wait(this.pool.exchange(token, this.priority, this.signal));
  }

  async #wait(token: Promise<Token>): Promise<void> {
    const started = performance.now();
    this.#token = await token;
    this.waited += (performance.now() - started) / 1000;
  }
}
