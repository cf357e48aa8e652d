import { cleanText } from '../../src/lab/guest-console.js';

/** How much of what the serial line has brought is kept: a few refreshes of the screen. */
const kept = 8192;

/** As shown last; the time as `0:01:23`. */
export interface Progress {
  time: string;
  passes: number;
  errors: number;
  test?: number;
}

/** Reads memtest86+ 6 from the screen that it draws over a serial line. */
export class Memtest {
  /** Once there was a screen. */
  progress?: Progress;
  #text = '';

  /** Takes in what came over the line; true when something did and there is a whole screen. */
  take(bytes: string): boolean {
    if (bytes === '') return false;
    this.#text = (this.#text + cleanText(bytes)).slice(-kept);
    const time = this.#last(/Time: +(\d+:\d\d:\d\d)/g);
    const counts = this.#last(/Pass: +(\d+) +Errors: +(\d+) /g);
    const test = this.#last(/#(\d+) +\[/g);
    if (!time || !counts) return false;
    this.progress = {
      time: time[1]!,
      passes: Number(counts[1]),
      errors: Number(counts[2]),
      test: test ? Number(test[1]) : undefined,
    };
    return true;
  }

  #last(pattern: RegExp) {
    return [...this.#text.matchAll(pattern)].at(-1);
  }
}
