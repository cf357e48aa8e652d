import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A longer line is given in pieces, so that a guest without line ends cannot fill the memory. */
const longestLine = 8192;

export interface ConsoleListener {
  /** A whole line, without its end. */
  line(text: string): void;
  /** The beginning of a line that has not ended, e.g. a prompt. */
  partial(text: string): void;
}

/**
 * A guest's serial line: what arrives is split into lines, what is written goes to the guest.
 * Terminal control sequences and control characters are taken out, so that a guest can neither
 * write over what is on the user's terminal nor hide a word from a pattern.
 */
export class Console {
  readonly #decoder = new StringDecoder('utf8');
  readonly #listener: ConsoleListener;
  readonly #output: Writable;
  #pending = '';

  constructor(input: Readable, output: Writable, listener: ConsoleListener) {
    this.#listener = listener;
    this.#output = output;
    input.on('data', (bytes: Buffer) => this.#take(this.#decoder.write(bytes)));
    // A guest that is gone cannot be written to; its end is reported by the process's own.
    output.on('error', () => {});
  }

  /** Sends text to the guest; a line ends with `\r`, as a terminal's Return key says it. */
  write(text: string): void {
    this.#output.write(text);
  }

  /** Gives what is left as a last line; for when the guest has ended. */
  flush(): void {
    this.#take(this.#decoder.end());
    if (cleanText(this.#pending) !== '') this.#listener.line(cleanText(this.#pending));
    this.#pending = '';
  }

  #take(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) this.#listener.line(cleanText(line));
    while (this.#pending.length > longestLine) {
      this.#listener.line(cleanText(this.#pending.slice(0, longestLine)));
      this.#pending = this.#pending.slice(longestLine);
    }
    if (this.#pending !== '') this.#listener.partial(cleanText(this.#pending));
  }
}

/** The text without terminal control sequences (ECMA-48) and control characters but tabs. */
export function cleanText(text: string): string {
  return text
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_a-z0-9=>]/g, '')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
