import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { type ExecaError, execa } from 'execa';
import { outOfSpaceIn } from '../../util/disk-errors.js';

/** The FIFOs of a feed's folder. */
export const tokensFifo = 'tokens';
export const returnsFifo = 'returns';

/** Whose tokens a feed hands out. */
export interface FeedOwner {
  /** So many tokens have come back. */
  takeBack(count: number): void;
  /** The feed is being closed: nothing must be offered to it any more. */
  forget(feed: Feed): void;
}

/**
 * The tokens of one phase, as its tools see them: a FIFO to read tokens from and one to write them back
 * to. Two, because make takes its own tokens back at once: through a second FIFO each token passes
 * through the pool after every job, and can go to somebody more urgent. A tool that knows only one FIFO
 * uses `tokens` for both ways; its tokens come back when it leaves them there.
 */
export class Feed implements AsyncDisposable {
  /** Tokens that were put into the FIFO and have not come back. */
  outstanding = 0;
  /** How many of them may still lie there; the tools may have taken some meanwhile. */
  offered = 0;
  /** When the last ones were put there, in milliseconds of `performance.now()`. */
  offeredAt = 0;
  /**
   * Nothing is offered before this time while others want tokens, because the last offer was not taken.
   */
  satedUntil = 0;
  /** For how long nothing was offered after the last offer that was not taken, in milliseconds. */
  sated = 0;
  readonly #socket: Socket;
  #closed = false;

  private constructor(
    readonly directory: string,
    readonly priority: number,
    readonly offerTimeout: number,
    private readonly owner: FeedOwner,
    private readonly tokens: number,
    returns: number,
  ) {
    this.#socket = new Socket({ fd: returns, readable: true, writable: false });
    this.#socket.on('data', (bytes: Buffer) => {
      // A tool that gives back more than it took must not create tokens.
      const count = Math.min(bytes.length, this.outstanding);
      this.outstanding -= count;
      if (count > 0) owner.takeBack(count);
    });
    // The FIFO can end or fail only together with its folder, when the phase has ended too.
    this.#socket.on('error', () => {});
  }

  /**
   * Makes the folder with its FIFOs. `offerTimeout`: for how many milliseconds an offer may lie there
   * before it counts as unwanted.
   */
  static async open(
    directory: string,
    priority: number,
    offerTimeout: number,
    owner: FeedOwner,
  ): Promise<Feed> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const fifos = [join(directory, tokensFifo), join(directory, returnsFifo)];
    await execa('mkfifo', fifos, { env: { LC_ALL: 'C' } }).catch((error: ExecaError) => {
      throw outOfSpaceIn(String(error.stderr), directory) ?? error;
    });
    // Open for both ways, so that neither side ever waits for the other to open it.
    const flags = constants.O_RDWR | constants.O_NONBLOCK;
    const tokens = openSync(join(directory, tokensFifo), flags);
    const returns = openSync(join(directory, returnsFifo), flags);
    return new Feed(directory, priority, offerTimeout, owner, tokens, returns);
  }

  /** Puts tokens into the FIFO. A token is a line end, which a shell can read as a line. */
  offer(count: number, now: number): void {
    writeSync(this.tokens, '\n'.repeat(count));
    this.outstanding += count;
    this.offered += count;
    this.offeredAt = now;
  }

  /** Takes out the tokens that lie in the FIFO, and returns their number. */
  withdraw(): number {
    const bytes = Buffer.alloc(Math.max(1, this.outstanding));
    let count = 0;
    try {
      count = Math.min(readSync(this.tokens, bytes), this.outstanding);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    this.outstanding -= count;
    this.offered = 0;
    return count;
  }

  /** Whether tokens lie in the FIFO that nobody has taken. */
  hasUnclaimed(): boolean {
    if (this.offered === 0) return false;
    const { offeredAt } = this;
    const count = this.withdraw();
    if (count > 0) this.offer(count, offeredAt);
    return count > 0;
  }

  /**
   * Removes the FIFOs. Tokens that the tools still have go back to the owner, however the tools ended.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.forget(this);
    const count = this.outstanding;
    this.outstanding = 0;
    this.#socket.destroy();
    closeSync(this.tokens);
    await rm(this.directory, { recursive: true, force: true });
    this.owner.takeBack(count);
  }
}
