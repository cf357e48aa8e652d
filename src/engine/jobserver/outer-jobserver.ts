/** The jobserver of a make that started stubforge. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  writeSync,
} from 'node:fs';

const ownDescriptors = '/proc/self/fd/';

/** What $MAKEFLAGS says about a jobserver. */
export interface JobserverFlags {
  /** The N of -jN. */
  jobs?: number;
  /** Paths of the FIFO, or of the pipe's ends, to read from and to write to. */
  read: string;
  write: string;
}

/**
 * Finds a jobserver in $MAKEFLAGS: `--jobserver-auth=fifo:PATH` (make 4.4), `=R,W` (4.2), or the older
 * `--jobserver-fds=R,W`. The last one counts, as with make. Undefined when there is none.
 */
export function parseMakeFlags(text: string): JobserverFlags | undefined {
  let flags: JobserverFlags | undefined;
  let jobs: number | undefined;
  for (const word of text.split(/\s+/)) {
    // After it come variables, which may contain anything.
    if (word === '--') break;
    const fifo = /^--jobserver-auth=fifo:(.+)$/.exec(word);
    const pipe = /^--jobserver-(?:auth|fds)=([0-9]+),([0-9]+)$/.exec(word);
    const count = /^-j([0-9]+)$/.exec(word);
    if (fifo) flags = { read: fifo[1]!, write: fifo[1]! };
    // Through this folder a pipe is opened anew: our modes must not be those of its other users.
    if (pipe) flags = { read: ownDescriptors + pipe[1], write: ownDescriptors + pipe[2] };
    if (count) jobs = Number(count[1]);
  }
  return flags && { ...flags, jobs };
}

/**
 * Whether a descriptor came from the process that started this one. Otherwise Node has opened a pipe
 * of its own under that number, from which nothing must be read. Other paths are safe.
 */
function isInherited(path: string): boolean {
  if (!path.startsWith(ownDescriptors)) return true;
  const ours = readlinkSync(path);
  const theirs = `/proc/${process.ppid}/fd`;
  return readdirSync(theirs).some((name) => {
    try {
      return readlinkSync(`${theirs}/${name}`) === ours;
    } catch {
      return false;
    }
  });
}

/** A client of another jobserver. Each token is one byte, and the same byte goes back. */
export class OuterJobserver {
  readonly #read: number;
  readonly #write: number;
  readonly #taken: Buffer[] = [];
  readonly #giveAllBack = () => {
    while (this.#taken.length > 0) this.giveBack();
  };

  private constructor(flags: JobserverFlags) {
    this.#read = openSync(flags.read, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#write = openSync(flags.write, constants.O_WRONLY | constants.O_NONBLOCK);
    // Even when stubforge ends in a hurry: make would wait for its tokens.
    process.on('exit', this.#giveAllBack);
  }

  /** Joins the jobserver; undefined when make did not pass it on, as for lines without `+`. */
  static join(flags: JobserverFlags): OuterJobserver | undefined {
    try {
      if (![flags.read, flags.write].every(isInherited)) return undefined;
      const outer = new OuterJobserver(flags);
      if (fstatSync(outer.#read).isFIFO()) return outer;
      outer.close();
    } catch {
      // The descriptors are closed, or are used for something else now.
    }
    return undefined;
  }

  /** Takes a token if there is one now. */
  take(): boolean {
    const byte = Buffer.alloc(1);
    try {
      if (readSync(this.#read, byte) !== 1) return false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      throw error;
    }
    this.#taken.push(byte);
    return true;
  }

  giveBack(): void {
    const byte = this.#taken.pop();
    if (byte) writeSync(this.#write, byte);
  }

  /** Gives back everything that was taken. */
  close(): void {
    this.#giveAllBack();
    process.off('exit', this.#giveAllBack);
    closeSync(this.#read);
    closeSync(this.#write);
  }
}
