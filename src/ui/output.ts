import { fstatSync } from 'node:fs';

/** What the shell shows for a program that SIGPIPE ended. */
const closedPipeCode = 141;

/** Standard output can no longer be written. */
export interface Lost {
  /** Undefined where the reader has gone away, which is no failure, and nobody is left to be told. */
  reason?: string;
  exitCode: number;
}

/**
 * Standard output for results and standard error for messages, through which everything is printed.
 * Either may lose its reader, as in `stubforge lint | head -1`. Without standard error the work goes
 * on in silence; without standard output it is pointless and `onLost` is called.
 */
export class Output {
  lost: Lost | undefined;
  onLost: (lost: Lost) => void = () => {};
  #silent = false;
  #out: NodeJS.WriteStream | undefined;
  #err: NodeJS.WriteStream | undefined;

  /** Writes text on standard output as it is. */
  write(text: string): void {
    if (!this.lost) this.#stdout().write(text);
  }

  /** Writes text on standard error as it is. */
  say(text: string): void {
    if (!this.#silent) this.messages().write(text);
  }

  /** Standard error as a stream, for what draws on a terminal. */
  messages(): NodeJS.WriteStream {
    // Streams are made on first use, because `--version` needs only one of them.
    this.#err ??= process.stderr.on('error', () => {
      this.#silent = true;
      if (sameFile(1, 2)) this.#lose({ exitCode: closedPipeCode });
    });
    return this.#err;
  }

  /** Resolves when it is known whether everything could be written. */
  async flush(): Promise<void> {
    const streams = [this.#out, this.#err].filter((stream) => stream !== undefined);
    await Promise.all(streams.map((stream) => new Promise((resolve) => stream.write('', resolve))));
    // Streams report an error after the callbacks of their writes.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #stdout(): NodeJS.WriteStream {
    this.#out ??= process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      const closed = error.code === 'EPIPE' || (error.code === 'EIO' && process.stdout.isTTY);
      this.#lose(closed ? { exitCode: closedPipeCode } : { reason: error.message, exitCode: 1 });
    });
    return this.#out;
  }

  #lose(lost: Lost): void {
    if (this.lost) return;
    this.lost = lost;
    this.onLost(lost);
  }
}

/** Whether two descriptors are the same pipe, socket, terminal or file. */
function sameFile(one: number, other: number): boolean {
  try {
    const [a, b] = [fstatSync(one), fstatSync(other)];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false;
  }
}
