// QEMU in a guest, spoken to in its monitor protocol over the guest's console.
import { type BootOptions, type BootResult, bootImage } from '../../src/lab/boot-image.js';

interface Reply {
  return?: unknown;
  error?: { desc: string };
}

export class Monitor {
  /** How the guest ended, as bootImage tells it. */
  readonly ended: Promise<BootResult>;
  /** Resolves when the guest has greeted, rejects when it ends before that. */
  readonly greeting: Promise<Reply>;
  readonly #waiting = new Map<unknown, (reply: Reply) => void>();
  readonly #write: Promise<(text: string) => void>;
  #next = 1;

  /**
   * Boots an image whose QEMU has its monitor on the console. `options` are bootImage's; `line` is
   * called with each line of the console.
   */
  constructor(options: BootOptions, line: (text: string) => void, signal: AbortSignal) {
    let listening!: (write: (text: string) => void) => void;
    this.#write = new Promise((resolve) => {
      listening = resolve;
    });
    this.ended = bootImage(
      { ...options, listening },
      {
        emit: (event) => {
          if (event.type !== 'console') return;
          this.#take(event.line);
          line(event.line);
        },
        signal,
      },
    );
    this.greeting = this.#reply('greeting', 'its greeting');
  }

  /**
   * Sends a command and waits for its reply. Gives the value and how many milliseconds it took.
   * Rejects for an error reply, and when the guest ends. The console of an initial domain takes 128
   * bytes at once, so one command has to be answered before the next.
   */
  async execute(
    command: string,
    words?: object,
  ): Promise<{ value: unknown; milliseconds: number }> {
    const id = this.#next++;
    const replied = this.#reply(id, `the reply to ${command}`);
    const write = await this.#write;
    const sent = performance.now();
    write(`${JSON.stringify({ execute: command, arguments: words, id })}\r`);
    const reply = await replied;
    if (reply.error) throw new Error(`${command}: ${reply.error.desc}`);
    return { value: reply.return, milliseconds: performance.now() - sent };
  }

  #reply(key: unknown, what: string): Promise<Reply> {
    const replied = new Promise<Reply>((resolve) => this.#waiting.set(key, resolve));
    const ended = this.ended.then((result) => {
      throw new Error(
        [`the guest ended before ${what}: ${result.detail}`, ...result.tail].join('\n'),
      );
    });
    return Promise.race([replied, ended]);
  }

  #take(line: string): void {
    if (!line.startsWith('{')) return;
    let reply: Reply & { QMP?: object; id?: number };
    try {
      reply = JSON.parse(line);
    } catch {
      return;
    }
    const key = reply.QMP ? 'greeting' : reply.id;
    this.#waiting.get(key)?.(reply);
    this.#waiting.delete(key);
  }
}
