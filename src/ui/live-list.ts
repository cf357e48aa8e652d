import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels,
  ListrLogger,
  ListrTaskState,
  ProcessOutput,
} from 'listr2';
import { shortened } from '../util/format.js';

type Task = ConstructorParameters<typeof DefaultRenderer>[0][number];
type Options = ConstructorParameters<typeof DefaultRenderer>[1];
type List = Listr<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;
type Events = ConstructorParameters<typeof DefaultRenderer>[2];

/** Something under way. Both are asked for each time that the list is drawn. */
export interface Row {
  title: () => string;
  /** It has begun, and waits for its turn to go on. */
  isWaiting?: () => boolean;
}

/**
 * What is under way, in a list by listr2 at the end of a terminal's output. Rows come and go; what is
 * said meanwhile is printed above the list at once.
 */
export class LiveList {
  readonly #screen: Screen;
  readonly #rows = new Map<Row, Task>();
  #open: { rows: List; redraw: () => void; close: () => Promise<void> } | undefined;
  #last: Row | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#screen = new Screen(stream);
  }

  /** Shows the list. `last` stays below all other rows, until the list is closed. */
  open(last: Row): void {
    this.#last = last;
    this.add(last);
  }

  add(row: Row): void {
    this.#open ??= this.#start();
    const { rows } = this.#open;
    rows.add({ title: row.title(), task: () => {} });
    const task = rows.tasks.pop()!;
    void task.check(undefined);
    task.state = ListrTaskState.STARTED;
    this.#rows.set(row, task);
  }

  /** The row is gone at once, and will not be drawn again below what is said next. */
  delete(row: Row): void {
    if (this.#rows.delete(row)) this.#open?.redraw();
  }

  /** Prints lines above the list, or just prints them while there is none. */
  say(text: string): void {
    this.#screen.above(text);
  }

  /** Takes the list off the screen, with all its rows. It may be opened again. */
  close(): Promise<void> {
    const { close } = this.#open ?? {};
    this.#open = undefined;
    this.#last = undefined;
    this.#rows.clear();
    return close?.() ?? Promise.resolve();
  }

  #start() {
    const list = this;
    const screen = this.#screen;
    let redraw = () => {};
    let end = () => {};

    /** listr2's own renderer, for the rows that there is room for. */
    class Renderer extends DefaultRenderer {
      // The list is drawn on standard error, whatever standard output is.
      static override nonTTY = true;
      readonly #shown: Task[];
      #drawing = false;
      #ended = false;

      constructor(_tasks: Task[], options: Options, events: Events) {
        const shown: Task[] = [];
        super(shown, options, events);
        this.#shown = shown;
        redraw = () => this.update();
        end = () => this.end();
      }

      override async render(): Promise<void> {
        await super.render();
        this.#drawing = true;
        if (this.#ended) super.end();
      }

      override update(): void {
        // Rows may go before the list is drawn, and the list's own task goes after it.
        if (this.#drawing && !this.#ended) super.update();
      }

      override end(): void {
        if (this.#drawing && !this.#ended) super.end();
        this.#ended = true;
      }

      override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
        const { shown, hidden } = list.#choose(screen.height - 2);
        this.#shown.splice(0, Infinity, ...shown);
        const lines = super.create(options).split('\n');
        if (hidden > 0) lines.splice(list.#last ? -1 : lines.length, 0, `  … and ${hidden} more`);
        return lines.join('\n');
      }

      protected override style(task: Task, output?: boolean): string {
        const waits = [...list.#rows].some(([row, each]) => each === task && row.isWaiting?.());
        const level = ListrDefaultRendererLogLevels.WAITING;
        return waits ? screen.logger.icon(level) : super.style(task, output);
      }
    }

    const options = {
      renderer: Renderer,
      rendererOptions: { clearOutput: true, formatOutput: 'truncate', logger: screen.logger },
      registerSignalListeners: false,
    } as const;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    // A list runs for as long as the tasks that it begins with; this one is never seen.
    const done = new Listr([{ task: () => finished }], options).run();
    const close = async () => {
      end();
      finish();
      await done;
    };
    // The tasks of rows are not run by listr2: what they show has a life of its own.
    return {
      rows: new Listr<unknown, typeof DefaultRenderer, typeof DefaultRenderer>([], options),
      redraw: () => redraw(),
      close,
    };
  }

  /** The tasks of as many rows as there is room for, those that wait for their turn last. */
  #choose(room: number): { shown: Task[]; hidden: number } {
    const rows = [...this.#rows].filter(([row]) => row !== this.#last);
    const last = this.#last && this.#rows.get(this.#last);
    const lines = Math.max(1, room - (last ? 1 : 0));
    const urgent = [
      ...rows.filter(([row]) => !row.isWaiting?.()),
      ...rows.filter(([row]) => row.isWaiting?.()),
    ];
    // A line is needed to count those that are left out.
    const chosen = rows.length <= lines ? rows : urgent.slice(0, Math.max(1, lines - 1));
    // listr2 cuts by the width of standard output, which may be something else.
    const width = this.#screen.width - 4;
    for (const [row, task] of this.#rows) task.title = shortened(row.title(), width);
    const shown = chosen.map(([, task]) => task);
    return { shown: last ? [...shown, last] : shown, hidden: rows.length - chosen.length };
  }
}

/** The cursor moves and erasures with which a frame begins that replaces another one. */
const erasure = /^(?:\x1b\[\d*[AGK])+/;

/** A terminal on which frames are drawn over each other, with lines above them that stay. */
class Screen extends ProcessOutput {
  readonly logger: ListrLogger<ListrDefaultRendererLogLevels>;
  /** What is drawn now; empty while nothing is. */
  #frame = '';

  constructor(private readonly terminal: NodeJS.WriteStream) {
    super(terminal, terminal);
    this.logger = new ListrLogger({ processOutput: this, useIcons: true });
  }

  get width(): number {
    return this.terminal.columns || 80;
  }

  get height(): number {
    return this.terminal.rows || 24;
  }

  /** Where listr2 draws: the terminal itself, with its present size, and an ear for frames. */
  override get stdout(): NodeJS.WriteStream {
    const write = (chunk: string) => {
      this.#frame = chunk.replace(erasure, '');
      return this.terminal.write(chunk);
    };
    return Object.create(this.terminal, { write: { value: write } });
  }

  /** In one piece, so that nothing flickers. */
  above(text: string): void {
    const up = this.#frame.split('\n').length - 1;
    const erase = this.#frame === '' ? '' : `${up > 0 ? `\x1b[${up}A` : ''}\r\x1b[J`;
    this.terminal.write(`${erase}${text}\n${this.#frame}`);
  }

  // Nobody else writes to the terminal meanwhile, and nobody is to find their text kept back.
  override hijack(): void {}
  override release(): void {}
}
