import { Listr, type ListrTaskWrapper } from 'listr2';
import type { Event, UnitName } from '../events/event.js';
import { formatBytes, formatSeconds } from '../util/format.js';
import type { Listener } from './listener.js';
import { plainDiagnostic, plainLine } from './plain.js';

// biome-ignore lint/suspicious/noExplicitAny: listr2's renderers are type parameters of no use here.
type Task = ListrTaskWrapper<unknown, any, any>;

/** A line of the live list: something that began and will end. */
interface Row {
  task?: Task;
  title: string;
  finish: () => void;
  fail: (reason: string) => void;
}

/**
 * A live list on the terminal while units build or files download; plain lines otherwise. Only one
 * list is alive at a time, because two would draw over each other.
 */
export function terminalListener(): Listener {
  let list: { rows: Map<string, Row>; done: Promise<void>; started: number } | undefined;
  const units = new Map<UnitName, { phase: string; started: number }>();
  let left = 0;
  let ticker: NodeJS.Timeout | undefined;
  /** Reports that wait until the list is gone. */
  const held: string[] = [];

  const say = (text: string) => {
    if (list) held.push(text);
    else process.stderr.write(`${text}\n`);
  };

  const open = (keys: { key: string; title: string }[]) => {
    const rows = new Map<string, Row>();
    const listr = new Listr(
      keys.map(({ key, title }) => ({
        title,
        task: (_context: unknown, task: Task) =>
          new Promise<void>((resolve, reject) => {
            rows.set(key, {
              task,
              title,
              finish: resolve,
              fail: (reason) => reject(new Error(reason)),
            });
          }),
      })),
      {
        concurrent: true,
        exitOnError: false,
        renderer: 'default',
        rendererOptions: { collapseErrors: false, showErrorMessage: false },
        registerSignalListeners: false,
      },
    );
    const done = listr.run().then(
      () => {},
      () => {},
    );
    list = { rows, done, started: Date.now() };
  };

  const close = async () => {
    if (ticker) clearInterval(ticker);
    ticker = undefined;
    if (list) {
      for (const row of list.rows.values()) row.finish();
      await list.done;
      list = undefined;
    }
    for (const text of held.splice(0)) process.stderr.write(`${text}\n`);
  };

  const tick = () => {
    for (const [name, unit] of units) {
      const row = list?.rows.get(name);
      if (row?.task) {
        row.task.title = `${name}  ${unit.phase}  ${formatSeconds((Date.now() - unit.started) / 1000)}  (${left} left)`;
      }
    }
  };

  const settle = (key: string, title: string, failed = false) => {
    const row = list?.rows.get(key);
    if (!row) return;
    if (row.task) row.task.title = title;
    if (failed) row.fail(title);
    else row.finish();
  };

  const downloads = new Map<string, { received: number; total?: number }>();

  return {
    handle(event: Event) {
      switch (event.type) {
        case 'plan':
          if (event.build.length === 0) return say(plainLine(event, false)!);
          left = event.build.length;
          open(event.build.map((name) => ({ key: name, title: `${name}  waiting` })));
          ticker = setInterval(tick, 200);
          return;
        case 'unit-start':
          units.set(event.unit, { phase: 'starting', started: Date.now() });
          return;
        case 'phase-start': {
          const unit = units.get(event.unit);
          if (unit) unit.phase = event.phase;
          return tick();
        }
        case 'phase-done': {
          const unit = units.get(event.unit);
          if (unit) unit.phase = 'waiting for its turn';
          return;
        }
        case 'unit-fresh':
          left -= list?.rows.has(event.unit) ? 1 : 0;
          return settle(event.unit, `${event.unit}  fresh`);
        case 'unit-done':
          left--;
          units.delete(event.unit);
          return settle(event.unit, `${event.unit}  ${formatSeconds(event.seconds)}`);
        case 'unit-failed':
          left--;
          units.delete(event.unit);
          say(plainDiagnostic(event)!);
          return settle(event.unit, `${event.unit}  failed in ${event.phase}`, true);
        case 'unit-skipped':
          left--;
          units.delete(event.unit);
          return settle(event.unit, `${event.unit}  skipped: ${event.because}`, true);
        case 'build-done':
          say(plainLine(event, false)!);
          void close();
          return;
        case 'download-start':
          downloads.set(event.file, { received: 0, total: event.total });
          return;
        case 'download-progress': {
          downloads.set(event.file, { received: event.received, total: event.total });
          const text = [...downloads]
            .map(([file, { received, total }]) =>
              total
                ? `${file} ${Math.floor((received / total) * 100)} %`
                : `${file} ${formatBytes(received)}`,
            )
            .join(', ');
          const first = list?.rows.values().next().value;
          if (first?.task) first.task.output = `downloading ${text}`;
          return;
        }
        case 'download-done':
          downloads.delete(event.file);
          return say(plainLine(event, false)!);
        default: {
          const text = plainDiagnostic(event) ?? plainLine(event, false);
          if (text !== undefined) say(text);
        }
      }
    },
    print: (text) =>
      void close().then(() =>
        process.stdout.write(text.endsWith('\n') || !text ? text : `${text}\n`),
      ),
    close,
  };
}
