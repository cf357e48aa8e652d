// QEMU in a guest, spoken to in its monitor protocol over the guest's console. The launcher must
// have run: what boots the guest is what it compiled.
import { bootImage } from '../../dist/lab/boot-image.js';

export class Monitor {
  /** How the guest ended, as bootImage tells it. */
  ended;
  /** Resolves when the guest has greeted, rejects when it ends before that. */
  greeting;
  #waiting = new Map();
  #write;
  #next = 1;

  /**
   * Boots an image whose QEMU has its monitor on the console. `options` are bootImage's; `line` is
   * called with each line of the console.
   */
  constructor(options, line, signal) {
    let listening;
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
  async execute(command, words) {
    const id = this.#next++;
    const replied = this.#reply(id, `the reply to ${command}`);
    const write = await this.#write;
    const sent = performance.now();
    write(`${JSON.stringify({ execute: command, arguments: words, id })}\r`);
    const reply = await replied;
    if (reply.error) throw new Error(`${command}: ${reply.error.desc}`);
    return { value: reply.return, milliseconds: performance.now() - sent };
  }

  #reply(key, what) {
    const replied = new Promise((resolve) => this.#waiting.set(key, resolve));
    const ended = this.ended.then((result) => {
      throw new Error(
        [`the guest ended before ${what}: ${result.detail}`, ...result.tail].join('\n'),
      );
    });
    return Promise.race([replied, ended]);
  }

  #take(line) {
    if (!line.startsWith('{')) return;
    let reply;
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
