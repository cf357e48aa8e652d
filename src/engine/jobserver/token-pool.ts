/**
 * The job tokens of a run: one for each job that may run at the same time. Whatever is running
 * holds one; tools that run several jobs get more through a feed. The longest remaining path comes
 * first, at each single token.
 */
import { availableParallelism } from 'node:os';
import type { Emit } from '../../events/event.js';
import { Feed } from './feed.js';
import { OuterJobserver, parseMakeFlags } from './outer-jobserver.js';

/**
 * How long an offer may lie there; longer than a busy machine takes to wake a tool that waits for it.
 */
const usualOfferTimeout = 15;
/** For how long a feed that did not take an offer is passed over, at first and at most. */
const satedFirst = 20;
const satedMost = 200;
/** How often another jobserver is asked for a token that is wanted. */
const outerInterval = 20;

/** The right to run one job. */
export interface Token {
  /** Gives the token back; a second time does nothing. */
  release(): void;
}

interface Waiting {
  priority: number;
  grant: () => void;
}

export class TokenPool implements Disposable {
  /** Tokens that nobody holds. */
  #free: number;
  /** Tokens that exist: `jobs`, or the one of our own and those that another jobserver lent. */
  #total: number;
  readonly #waiting: Waiting[] = [];
  readonly #feeds: Feed[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `outer` is the jobserver of the make that started stubforge; `jobs` then is only a bound. */
  constructor(
    readonly jobs: number,
    private readonly outer?: OuterJobserver,
  ) {
    this.#total = outer ? 1 : jobs;
    this.#free = this.#total;
  }

  /** Waits for a token. Rejects with the signal's reason when it is aborted meanwhile. */
  acquire(priority: number, signal: AbortSignal): Promise<Token> {
    const acquired = this.#enqueue(priority, signal);
    this.#settle();
    return acquired;
  }

  /** Gives a token back and waits for the next one; gets it back at once if nobody more urgent waits. */
  exchange(token: Token, priority: number, signal: AbortSignal): Promise<Token> {
    const acquired = this.#enqueue(priority, signal);
    token.release();
    return acquired;
  }

  /**
   * Opens a feed in `directory`, which is replaced; disposing of the feed removes it. `offerTimeout`:
   * milliseconds after which an offer that its tools did not take may go to others.
   */
  async openFeed(
    directory: string,
    priority: number,
    offerTimeout = usualOfferTimeout,
  ): Promise<Feed> {
    const feed = await Feed.open(directory, priority, offerTimeout, {
      takeBack: (count) => this.#takeBack(count),
      forget: (closed) => this.#feeds.splice(this.#feeds.indexOf(closed), 1),
    });
    insertByPriority(this.#feeds, feed);
    this.#settle();
    return feed;
  }

  /** Ends the balancing. What was lent by another jobserver goes back. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.outer?.close();
  }

  #enqueue(priority: number, signal: AbortSignal): Promise<Token> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiting: Waiting = {
        priority,
        grant: () => {
          signal.removeEventListener('abort', abort);
          let held = true;
          resolve({
            release: () => {
              if (held) this.#takeBack(1);
              held = false;
            },
          });
        },
      };
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      insertByPriority(this.#waiting, waiting);
    });
  }

  #takeBack(count: number): void {
    this.#free += count;
    this.#settle();
  }

  #settle(): void {
    const now = performance.now();
    this.#reclaim(now);
    this.#handOut(now);
    this.#rest(now);
    this.#schedule(now);
  }

  /** Takes back what tools did not take while somebody else could use it. */
  #reclaim(now: number): void {
    for (const feed of this.#feeds) {
      if (feed.offered === 0 || now - feed.offeredAt < feed.offerTimeout) continue;
      if (!this.outer && !this.#wantedBesides(feed, now)) continue;
      const count = feed.withdraw();
      feed.sated = count === 0 ? 0 : Math.min(satedMost, Math.max(satedFirst, feed.sated * 2));
      feed.satedUntil = count === 0 ? 0 : now + feed.sated;
      this.#free += count;
    }
  }

  #wantedBesides(feed: Feed, now: number): boolean {
    return (
      this.#waiting.length > 0 || this.#feeds.some((each) => each !== feed && mayWant(each, now))
    );
  }

  #handOut(now: number): void {
    for (const feed of [...this.#feeds, undefined]) {
      // With equal priority, a waiting unit comes first: it is certain to want a token.
      while (this.#waiting[0] && (!feed || this.#waiting[0].priority >= feed.priority)) {
        if (!this.#obtain(1)) return;
        this.#free--;
        this.#waiting.shift()!.grant();
      }
      if (!feed || feed.satedUntil > now || feed.hasUnclaimed()) continue;
      feed.offered = 0;
      // Another jobserver's tokens are taken step by step, because others use them too.
      if (!this.#obtain(Math.max(1, feed.outstanding))) return;
      feed.offer(this.#free, now);
      this.#free = 0;
    }
  }

  /** Whether a token is free, after trying to take the wanted ones from the other jobserver. */
  #obtain(wanted: number): boolean {
    while (this.outer && this.#free < wanted && this.#total < this.jobs && this.outer.take()) {
      this.#free++;
      this.#total++;
    }
    return this.#free > 0;
  }

  /** Puts tokens that nobody seems to want where they will be found first. */
  #rest(now: number): void {
    while (this.outer && this.#free > 0 && this.#total > 1) {
      this.outer.giveBack();
      this.#free--;
      this.#total--;
    }
    if (this.#free > 0 && this.#feeds[0]) {
      this.#feeds[0].offer(this.#free, now);
      this.#free = 0;
    }
  }

  /** Looks again when an offer may not have been taken, or a feed may want tokens again. */
  #schedule(now: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rivals = this.#waiting.length > 0 || this.#feeds.length > 1;
    const lying = this.#feeds.filter((feed) => feed.offered > 0);
    const times = this.#feeds.map((feed) => feed.satedUntil).filter((time) => time > now);
    if ((rivals || this.outer) && lying.length > 0) {
      for (const feed of lying) {
        const until = feed.offeredAt + feed.offerTimeout;
        if (until > now || this.#waiting.length > 0) times.push(until);
      }
    } else if (!this.outer) {
      // Everything is in use, and each token comes back here when its job ends.
      return;
    }
    const wanting = this.#waiting.length > 0 || this.#feeds.some((feed) => mayWant(feed, now));
    if (this.outer && wanting && this.#total < this.jobs) times.push(now + outerInterval);
    if (times.length === 0) return;
    const delay = Math.max(5, Math.min(...times) - now);
    this.#timer = setTimeout(() => this.#settle(), delay);
  }
}

/**
 * The token pool of a run. `jobs` is what the user asked for; the machine's processors when absent.
 * Started by make, stubforge takes its tokens from make's jobserver, and `jobs` is only a bound.
 */
export function openPool(
  jobs: number | undefined,
  makeFlags: string | undefined,
  emit: Emit,
): TokenPool {
  const flags = parseMakeFlags(makeFlags ?? '');
  if (flags) {
    const outer = OuterJobserver.join(flags);
    if (outer) return new TokenPool(jobs ?? flags.jobs ?? availableParallelism(), outer);
    emit({
      type: 'note',
      message:
        'make does not share its job tokens with stubforge: put a + before the command in the makefile',
    });
  }
  return new TokenPool(jobs ?? availableParallelism());
}

/** Whether a feed may want a token: it is offered none, and took the last one that it was offered. */
function mayWant(feed: Feed, now: number): boolean {
  return feed.offered === 0 && feed.satedUntil <= now;
}

/** Highest priority first; with equal priority, first come, first served. */
function insertByPriority<Item extends { priority: number }>(list: Item[], item: Item): void {
  const at = list.findIndex((each) => each.priority < item.priority);
  list.splice(at < 0 ? list.length : at, 0, item);
}
