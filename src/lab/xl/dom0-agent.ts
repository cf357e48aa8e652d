/** Has commands done by dom0's shell, one after the other, over its port `control`. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Console } from '../guest-console.js';
import { ConsoleRecord } from './console-record.js';
import { orAborted } from './or-aborted.js';

export interface CommandResult {
  status: number;
  lines: string[];
}

export class Dom0Agent {
  readonly #record = new ConsoleRecord();
  readonly #socket: Socket;
  readonly #ended: AbortSignal;
  #last: Promise<unknown> = Promise.resolve();
  /** What the command that runs has printed; undefined between commands. */
  #lines: string[] | undefined;
  #onLine: ((line: string) => void) | undefined;
  #marker = '';

  /** `ended` is aborted when the machine ends. */
  constructor(socket: Socket, ended: AbortSignal) {
    this.#socket = socket;
    this.#ended = ended;
    new Console(socket, socket, {
      line: (text) => this.#take(text),
      partial: () => {},
    });
  }

  /** Resolves when dom0 is up. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#record.appears(/^ready$/, signal);
  }

  /**
   * Runs a command; `onLine` gets each line that it prints, of both its outputs. The next one waits for
   * its end, even where the caller has given it up by the signal.
   */
  async run(
    command: string,
    signal: AbortSignal,
    onLine?: (line: string) => void,
  ): Promise<CommandResult> {
    const result = this.#last.then(() => {
      signal.throwIfAborted();
      return this.#perform(command, onLine);
    });
    this.#last = result.catch(() => {});
    return orAborted(result, signal);
  }

  async #perform(command: string, onLine?: (line: string) => void): Promise<CommandResult> {
    this.#marker = `end-of-${randomBytes(8).toString('hex')}`;
    const lines: string[] = [];
    this.#lines = lines;
    this.#onLine = onLine;
    this.#socket.write(`${this.#marker} ${oneLine(command)}\n`);
    const end = await this.#record.appears(new RegExp(`^${this.#marker} [0-9]+$`), this.#ended);
    return { status: Number(end.split(' ').at(-1)), lines };
  }

  #take(text: string): void {
    // What a command prints last need not end its line.
    const at = this.#marker === '' ? -1 : text.indexOf(this.#marker);
    const own = at < 0 ? text : text.slice(0, at);
    if (this.#lines && (at !== 0 || own !== '')) {
      this.#lines.push(own);
      this.#onLine?.(own);
    }
    if (at >= 0) this.#lines = undefined;
    this.#record.line(at < 0 ? text : text.slice(at));
  }
}

/** Commands go over the port line by line. */
function oneLine(command: string): string {
  if (!command.includes('\n')) return command;
  return `eval "$(echo ${Buffer.from(command).toString('base64')} | base64 -d)"`;
}
