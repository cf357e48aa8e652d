/**
 * Decides how a boot went, from console lines alone. Pure: it knows no processes and no clock.
 */
import type { Event } from '../events/event.js';

/** What the event says of a boot that has ended. */
export type Outcome = Extract<Event, { type: 'boot-done' }>['outcome'];

export interface Judgement {
  outcome: Outcome;
  /** The N of `nub: exit status N`, where the guest got that far. */
  status?: number;
  /** One sentence without a final period. */
  detail: string;
}

export interface JudgeOptions {
  /** Must match one line of the guest's console. */
  expect?: RegExp;
  /**
   * True for images with the nub kernel, whose last console line is the verdict. False for others:
   * a match of `expect` is then what they are booted for.
   */
  verdict: boolean;
}

/** What came to an end, in the order of how much it tells. */
export type End =
  /** The guest shut down or the emulator ended by itself. */
  | { type: 'ended'; how: string }
  | { type: 'timeout'; seconds: number }
  /** The emulator could not run or was killed. */
  | { type: 'emulator'; message: string };

const verdictLine = /^nub: exit status (\d+)$/;
const panicLine = /^nub: panic\b/;
/** Lines in which Xen says why it ends a domain, or why it does not even start one. */
const xenCrash = /^(Domain \d+ \(vcpu#\d+\) crashed|Domain \d+ reported crashed|Panic on CPU)/;
const xenEnd = /^Hardware Dom\d+ (halted|shutdown|crashed|watchdog)/;
const xenError =
  /Unhandled|ERROR|missing$|Mismatch|does not support|too (?:small|high)|Not enough|Invalid|not found/i;

export class Judge {
  readonly #options: JudgeOptions;
  #matched = false;
  #verdict: number | undefined;
  #panic: string | undefined;
  #crash: string | undefined;
  #error: string | undefined;

  constructor(options: JudgeOptions) {
    // A pattern with the flag g or y would remember where it matched last.
    const expect = options.expect;
    this.#options = expect
      ? { ...options, expect: new RegExp(expect.source, expect.flags.replace(/[gy]/g, '')) }
      : options;
  }

  /** A line of the guest's. */
  guestLine(line: string): void {
    this.#match(line);
    const text = line.trimEnd();
    if (text === '') return;
    // Only the last line is the verdict; one that is followed by another is the program's own text.
    const verdict = verdictLine.exec(text);
    this.#verdict = verdict ? Number(verdict[1]) : undefined;
    if (panicLine.test(text)) this.#panic = text;
  }

  /** The beginning of a line of the guest's; a prompt never ends its line. */
  guestPartial(text: string): void {
    this.#match(text);
  }

  /** A line of Xen's, without its prefix. Returns the line where it reports an end. */
  hypervisorLine(line: string): string | undefined {
    if (xenCrash.test(line)) this.#crash ??= line.replace(/:$/, '');
    else if (xenError.test(line)) this.#error ??= line;
    const end = xenEnd.exec(line);
    if (end?.[1] === 'crashed') this.#crash ??= line;
    return end ? line : undefined;
  }

  /** The processor found no handler for a fault, nor for the fault of calling it. */
  tripleFault(): void {
    this.#crash ??= 'the guest caused a triple fault';
  }

  /** Nothing that can still come would change the outcome. */
  get decided(): boolean {
    return !this.#options.verdict && this.#matched && this.#crash === undefined;
  }

  /** The verdict's line is the last one so far: the guest should end now. */
  get hasVerdict(): boolean {
    return this.#options.verdict && this.#verdict !== undefined;
  }

  /** The guest or Xen reported a crash: what is still to come only explains it. */
  get hasCrashed(): boolean {
    return this.#crash !== undefined || this.#panic !== undefined;
  }

  #match(text: string): void {
    if (!this.#matched && this.#options.expect?.test(text)) this.#matched = true;
  }

  conclude(end: End): Judgement {
    const status = this.#verdict;
    const expect = this.#options.expect;
    if (end.type === 'emulator') return { outcome: 'crashed', detail: end.message };
    if (this.#crash !== undefined) {
      const cause = this.#panic ?? this.#error;
      return { outcome: 'crashed', detail: cause ? `${this.#crash}: ${cause}` : this.#crash };
    }
    if (!this.#options.verdict && this.#matched) {
      return { outcome: 'passed', detail: `the console showed ${expect}` };
    }
    // The kernel ends a panic with a verdict too; only a program prints such a line and ends with 0.
    if (this.#panic !== undefined && status !== 0) {
      return { outcome: 'crashed', status, detail: this.#panic };
    }
    if (end.type === 'timeout') {
      const what =
        status !== undefined && this.#options.verdict
          ? `printed its verdict (exit status ${status}) and did not end`
          : expect && !this.#matched
            ? `did not end and did not show ${expect}`
            : 'did not end';
      return { outcome: 'hung', detail: `the guest ${what} within ${end.seconds} s` };
    }
    if (!this.#options.verdict) {
      return expect
        ? { outcome: 'unmatched', detail: `the guest ended without showing ${expect}` }
        : { outcome: 'no-verdict', detail: `the guest ended without a verdict (${end.how})` };
    }
    if (status === undefined) {
      return { outcome: 'no-verdict', detail: `the guest ended without a verdict (${end.how})` };
    }
    if (status !== 0) return { outcome: 'failed', status, detail: `exit status ${status}` };
    return expect && !this.#matched
      ? { outcome: 'unmatched', status, detail: `exit status 0, but nothing matched ${expect}` }
      : { outcome: 'passed', status, detail: 'exit status 0' };
  }
}
