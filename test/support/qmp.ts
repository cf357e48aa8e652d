import { type BootOptions, type BootResult, bootImage } from '../../src/lab/boot-image.js';

interface Reply {
  return?: unknown;
  error?: { class: string; desc: string };
  id?: number;
  event?: string;
  QMP?: { version: { qemu: { major: number; minor: number } } };
}

/** A conversation in QEMU's monitor protocol, over the console of the guest that QEMU runs in. */
export class QmpConversation {
  readonly lines: string[] = [];
  /** How the guest ended. */
  readonly ended: Promise<BootResult>;
  readonly #waiting = new Map<number | 'greeting', (reply: Reply) => void>();
  readonly #write: Promise<(text: string) => void>;
  #next = 1;
  /** When the greeting was seen, in milliseconds of `performance.now()`. */
  greetedAt?: number;
  readonly #greeting: Promise<Reply>;

  /** Boots the image; QEMU must have its monitor on the console (`-qmp stdio`). */
  constructor(options: BootOptions, signal: AbortSignal = new AbortController().signal) {
    this.#greeting = new Promise((resolve) => this.#waiting.set('greeting', resolve));
    let listening: (write: (text: string) => void) => void;
    this.#write = new Promise((resolve) => {
      listening = resolve;
    });
    this.ended = bootImage(
      { ...options, listening: (write) => listening(write) },
      {
        emit: (event) => {
          if (event.type === 'console') this.#take(event.line);
        },
        signal,
      },
    );
  }

  /** QEMU's greeting; rejects when the guest ends without one. */
  async greeting(): Promise<Reply> {
    return Promise.race([this.#greeting, this.#failOnEnd('the greeting')]);
  }

  /** Sends a command and waits for its own reply. Rejects for an error reply or the guest's end. */
  async execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    const id = this.#next++;
    const replied = new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    const write = await this.#write;
    write(`${JSON.stringify({ execute: command, arguments: args, id })}\r`);
    const reply = await Promise.race([replied, this.#failOnEnd(command)]);
    if (reply.error) throw new Error(`${command}: ${reply.error.desc}`);
    return reply.return;
  }

  async #failOnEnd(waitedFor: string): Promise<never> {
    const result = await this.ended;
    throw new Error(
      `the guest ended before ${waitedFor}: ${result.detail}\n${result.tail.join('\n')}`,
    );
  }

  #take(line: string): void {
    this.lines.push(line);
    if (!line.startsWith('{')) return;
    let reply: Reply;
    try {
      reply = JSON.parse(line) as Reply;
    } catch {
      return;
    }
    const key = reply.QMP ? 'greeting' : reply.id;
    if (key === undefined) return;
    if (key === 'greeting') this.greetedAt = performance.now();
    this.#waiting.get(key)?.(reply);
    this.#waiting.delete(key);
  }
}
