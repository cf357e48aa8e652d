/** What a console has printed so far, and waiting for what it will print. */

/** Older lines of a console that prints without end are forgotten. */
const longest = 20_000;

export class ConsoleRecord {
  readonly #lines: string[] = [];
  /** The beginning of a line that has not ended. */
  #partial = '';
  /** Where the next search begins: a line that was found once is not found again. */
  #next = 0;
  readonly #watchers = new Set<() => void>();

  line(text: string): void {
    this.#partial = '';
    this.#lines.push(text);
    if (this.#lines.length > longest) {
      this.#lines.shift();
      this.#next = Math.max(0, this.#next - 1);
    }
    for (const watcher of [...this.#watchers]) watcher();
  }

  partial(text: string): void {
    this.#partial = text;
    for (const watcher of [...this.#watchers]) watcher();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Finds the first new line, or beginning of a line, that matches. */
  find(pattern: RegExp): string | undefined {
    for (let at = this.#next; at < this.#lines.length; at++) {
      if (pattern.test(this.#lines[at]!)) {
        this.#next = at + 1;
        return this.#lines[at];
      }
    }
    this.#next = this.#lines.length;
    if (this.#partial === '' || !pattern.test(this.#partial)) return undefined;
    // The rest of the line belongs to what comes next.
    const found = this.#partial;
    this.#partial = '';
    return found;
  }

  /** Resolves with what matches as soon as there is such a line. */
  async appears(pattern: RegExp, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#watchers.delete(look);
        reject(signal.reason as Error);
      };
      const look = () => {
        const found = this.find(pattern);
        if (found === undefined) return;
        this.#watchers.delete(look);
        signal.removeEventListener('abort', stop);
        resolve(found);
      };
      if (signal.aborted) return reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      this.#watchers.add(look);
      look();
    });
  }
}
