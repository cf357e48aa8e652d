/** No tool prints lines of this length for people; a longer one is cut into several. */
const longestLine = 65_536;

/**
 * Takes text apart into lines, whatever their ends: LF, CR LF, or a lone CR by which a terminal's
 * line is written anew.
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

  /** Gives what stands behind the last line end. */
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
