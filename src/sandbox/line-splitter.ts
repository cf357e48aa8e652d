/** No tool prints lines of this length for people; a longer one is cut into several. */
const longestLine = 65_536;

/**
 * Splits text into lines, whatever their ends: LF, CR LF, or a lone CR, after which a terminal writes
 * the line anew.
 */
export class LineSplitter {
  #rest = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(text: string): void {
    // A CR at the very end may be the first half of CR LF.
    const lines = (this.#rest + text).split(/\r?\n|\r(?!$)/);
    this.#rest = lines.pop()!;
    for (const line of lines) this.#emit(line);
    if (this.#rest.length > longestLine) this.end();
  }

  /** Emits what follows the last line end. */
  end(): void {
    const rest = this.#rest;
    this.#rest = '';
    if (rest !== '') this.#emit(rest.replace(/\r$/, ''));
  }

  #emit(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += longestLine) {
      this.onLine(line.slice(at, at + longestLine));
    }
  }
}
