import type { Event, UnitName } from '../events/event.js';
import { formatBytes, formatSeconds } from '../util/format.js';
import type { Listener } from './listener.js';
import { LiveList, type Row } from './live-list.js';
import type { Output } from './output.js';
import { plainDiagnostic, plainLine, wholeLines } from './plain.js';

/** What is under way and has a row of its own. */
interface Work extends Row {
  phase: string;
}

interface Download extends Row {
  received: number;
  /** Absent where the server does not say. */
  total?: number;
}

/** How far a build has come. */
interface Progress {
  /** Those that the plan builds, and others whose outputs turned out to be damaged. */
  units: Set<UnitName>;
  started: number;
  done: Set<UnitName>;
  failed: number;
  skipped: number;
}

/**
 * On a terminal: a line for each thing that has happened, and below them a list of the units and
 * downloads that are under way.
 */
export function terminalListener(output: Output): Listener {
  const list = new LiveList(output.messages());
  const units = new Map<UnitName, Work>();
  const downloads = new Map<string, Download>();
  let progress: Progress | undefined;

  const say = (event: Event) => {
    const text = plainDiagnostic(event) ?? plainLine(event);
    if (text !== undefined) list.say(text);
  };

  const begin = (unit: UnitName, phase: string) => {
    const known = units.get(unit);
    if (known) {
      known.phase = phase;
      return;
    }
    const started = Date.now();
    const work: Work = {
      phase,
      title: () => `${unit}  ${work.phase}  ${formatSeconds((Date.now() - started) / 1000)}`,
      isWaiting: () => work.phase === waiting,
    };
    units.set(unit, work);
    list.add(work);
  };

  const end = (unit: UnitName) => {
    const work = units.get(unit);
    if (work) list.delete(work);
    units.delete(unit);
    rest();
  };

  /** Without anything under way there is nothing to show. */
  const rest = () => {
    if (!progress && units.size === 0 && downloads.size === 0) void close();
  };

  const close = () => {
    units.clear();
    downloads.clear();
    progress = undefined;
    return list.close();
  };

  return {
    handle(event: Event) {
      switch (event.type) {
        case 'plan':
          say(event);
          if (event.build.length === 0) return;
          progress = {
            units: new Set(event.build),
            started: Date.now(),
            done: new Set(),
            failed: 0,
            skipped: 0,
          };
          return list.open(progressRow(progress));
        case 'unit-start':
          progress?.units.add(event.unit);
          progress?.done.delete(event.unit);
          return begin(event.unit, 'starting');
        case 'phase-start':
          return begin(event.unit, event.phase);
        case 'phase-done':
          return units.has(event.unit) ? begin(event.unit, waiting) : undefined;
        case 'unit-fresh':
          // Those that the plan knows as fresh are counted in it.
          if (progress?.units.has(event.unit)) {
            progress.done.add(event.unit);
            end(event.unit);
            say(event);
          }
          return;
        case 'unit-done':
          progress?.done.add(event.unit);
          end(event.unit);
          return say(event);
        case 'unit-failed':
          if (progress) progress.failed++;
          end(event.unit);
          return say(event);
        case 'unit-skipped':
          if (progress) progress.skipped++;
          end(event.unit);
          return say(event);
        case 'build-done':
          void close();
          return say(event);
        case 'download-start':
        case 'download-progress': {
          let row = downloads.get(event.file);
          if (!row) {
            row = downloadRow(event.file);
            downloads.set(event.file, row);
            list.add(row);
          }
          row.total = event.total;
          row.received = event.type === 'download-progress' ? event.received : 0;
          return;
        }
        case 'download-done':
        case 'download-failed': {
          const row = downloads.get(event.file);
          if (row) list.delete(row);
          downloads.delete(event.file);
          rest();
          return say(event);
        }
        default:
          say(event);
      }
    },
    print(text) {
      // The list goes at once; only its tidying up takes longer.
      void close();
      output.write(wholeLines(text));
    },
    close,
  };
}

const waiting = 'waiting for its turn';

function progressRow(progress: Progress): Row {
  const title = () => {
    const { units, done, failed, skipped, started } = progress;
    const counts = [
      `${done.size} of ${units.size} done`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
      formatSeconds((Date.now() - started) / 1000),
    ];
    return counts.join(', ');
  };
  return { title };
}

function downloadRow(file: string): Download {
  const row: Download = {
    received: 0,
    title: () => {
      const { received, total } = row;
      const part = total ? `${Math.floor((received / total) * 100)} % of ` : '';
      return `download ${file}  ${part}${formatBytes(total || received)}`;
    },
  };
  return row;
}
