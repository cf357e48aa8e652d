import { createWriteStream, type WriteStream } from 'node:fs';
import type { Emit } from '../../events/event.js';
import type { UnitName } from '../../events/unit-id.js';
import { type DiskContext, diagnoseDiskError } from '../../project/disk-diagnostics.js';
import type { PhaseTime } from '../../store/store.js';
import { UserError } from '../../util/diagnostic.js';
import { UnitFailure } from '../failure/unit-failure.js';

/** What is known about a phase that succeeded. */
type PhaseUse = Omit<PhaseTime, 'phase' | 'seconds'>;

/**
 * A unit's log file, and its phases as they begin and end: both the log and the listeners are told.
 */
export class UnitLog implements AsyncDisposable {
  readonly stream: WriteStream;
  /** Of the phases that have ended so far. */
  readonly times: PhaseTime[] = [];
  /** The phase that a failure belongs to: the one entered last, unless it is set. */
  phase = 'prepare';
  #started: number | undefined;

  /** A log that cannot be written, say on a full disk, gives a warning and fails nothing. */
  constructor(
    private readonly unit: UnitName,
    file: string,
    private readonly emit: Emit,
  ) {
    this.stream = createWriteStream(file).on('error', async (error) => {
      const diagnostic = await diagnoseDiskError(error, { folder: file, state: file });
      if (!(diagnostic instanceof UserError)) return;
      const message = `the log of ${unit} is incomplete`;
      const details = diagnostic.diagnostics.flatMap((each) => [
        each.message,
        ...(each.details ?? []),
      ]);
      const id = 'unit.incomplete-log';
      emit({ type: 'warning', diagnostic: { id, message, details, span: { file } } });
    });
  }

  write(line: string): void {
    this.stream.write(`${line}\n`);
  }

  /** Tells the user something about the unit that stops nothing. */
  note(message: string): void {
    this.emit({ type: 'note', message: `${this.unit}: ${message}` });
  }

  /** A phase begins; the one before it has ended. */
  enter(phase: string): void {
    this.leave();
    this.phase = phase;
    this.#started = performance.now();
    this.write(`=== ${this.unit}: ${phase}`);
    this.emit({ type: 'phase-start', unit: this.unit, phase });
  }

  /** The phase has ended. */
  leave(use: PhaseUse = {}): void {
    if (this.#started === undefined) return;
    const time = {
      phase: this.phase,
      seconds: (performance.now() - this.#started) / 1000,
      ...use,
    };
    this.#started = undefined;
    this.times.push(time);
    this.emit({ type: 'phase-done', unit: this.unit, ...time });
  }

  /** What was thrown, as a failure of the phase; defects and aborts are returned as they are. */
  async failure(thrown: unknown, disk: DiskContext): Promise<unknown> {
    this.leave();
    const error = await diagnoseDiskError(thrown, disk);
    if (!(error instanceof UserError)) return error;
    for (const diagnostic of error.diagnostics) this.write(`error: ${diagnostic.message}`);
    return new UnitFailure(this.phase, error.diagnostics, { cause: error });
  }

  /** Closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.stream.closed) return;
    await new Promise<void>((resolve) => this.stream.end(() => resolve()));
  }
}
