import type { Token, TokenPool } from './token-pool.js';

/** A unit's place in the queue for tokens, and the one that it holds while it is its turn. */
export class Turn {
  #token: Token | undefined;
  /** Seconds that it has waited for tokens so far. */
  waited = 0;

  constructor(
    private readonly pool: TokenPool,
    /** Seconds of the longest path that waits for the unit, itself included. */
    readonly priority: number,
    private readonly signal: AbortSignal,
  ) {}

  /** Waits for a token, unless it holds one. */
  async begin(): Promise<void> {
    if (this.#token) return;
    await this.#wait(this.pool.acquire(this.priority, this.signal));
  }

  /** Lets somebody more urgent go first, and waits to go on. */
  async yield(): Promise<void> {
    const token = this.#token;
    if (!token) return this.begin();
    this.#token = undefined;
    await this.#wait(this.pool.exchange(token, this.priority, this.signal));
  }

  end(): void {
    this.#token?.release();
    this.#token = undefined;
  }

  async #wait(token: Promise<Token>): Promise<void> {
    const started = performance.now();
    this.#token = await token;
    this.waited += (performance.now() - started) / 1000;
  }
}
