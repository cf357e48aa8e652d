import { accessSync, constants, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import type { Event } from '../events/event.js';
import { UserError } from '../util/diagnostic.js';
import { writeFileAtomic } from '../util/files.js';
import type { Listener } from './listener.js';

/** One entry of a trace in Chrome's format; times are in microseconds. */
interface TraceEntry {
  name: string;
  ph: 'X' | 'C' | 'M';
  ts: number;
  dur?: number;
  pid: number;
  tid: number;
  args?: Record<string, unknown>;
}

const sampleInterval = 200;

/**
 * Passes everything on to another listener, and writes a timeline of units, phases and steps at the
 * end, with the machine's busy processors beside it. Perfetto and chrome://tracing can show it.
 */
export function traceListener(file: string, inner: Listener): Listener {
  requireWritable(file);
  const origin = performance.now();
  const now = () => Math.round((performance.now() - origin) * 1000);
  const entries: TraceEntry[] = [];
  const lanes = new Map<string, number>();
  /** What is under way: a phase of a unit, a unit, or a step; when it began. */
  const open = new Map<string, { lane: string; name: string; ts: number }>();
  let written = false;

  const laneOf = (name: string) => {
    let lane = lanes.get(name);
    if (lane === undefined) {
      lane = lanes.size + 1;
      lanes.set(name, lane);
      entries.push(metadata('thread_name', lane, { name }));
      entries.push(metadata('thread_sort_index', lane, { sort_index: lane }));
    }
    return lane;
  };
  const begin = (key: string, lane: string, name: string) =>
    open.set(key, { lane, name, ts: now() });
  const end = (key: string, args?: Record<string, unknown>) => {
    const started = open.get(key);
    if (!started) return;
    open.delete(key);
    const { lane, name, ts } = started;
    entries.push({ name, ph: 'X', ts, dur: now() - ts, pid: 1, tid: laneOf(lane), args });
  };

  let last = processorTimes();
  const sample = () => {
    const times = processorTimes();
    const total = times.total - last.total;
    if (total > 0) {
      const busy = (cpus().length * (times.busy - last.busy)) / total;
      const args = { busy: Math.round(busy * 100) / 100 };
      entries.push({ name: 'busy processors', ph: 'C', ts: now(), pid: 1, tid: 0, args });
    }
    last = times;
  };
  const sampler = setInterval(sample, sampleInterval);
  sampler.unref();

  const note = (event: Event) => {
    switch (event.type) {
      case 'unit-start':
        return begin(event.unit, event.unit, event.unit);
      case 'phase-start':
        return begin(`${event.unit} phase`, event.unit, event.phase);
      case 'phase-done':
        return end(`${event.unit} phase`, { cpuSeconds: event.cpuSeconds });
      case 'unit-done':
        return end(event.unit, { output: event.output });
      case 'unit-failed':
        return end(event.unit, { failed: event.phase });
      case 'unit-fresh':
        return end(event.unit);
      case 'step-start':
        return begin(`step ${event.step}`, 'stubforge', event.step);
      case 'step-done':
      case 'step-failed':
        return end(`step ${event.step}`);
      case 'download-start':
        return begin(`download ${event.file}`, 'downloads', event.file);
      case 'download-done':
        return end(`download ${event.file}`, { bytes: event.bytes });
      case 'download-failed':
        return end(`download ${event.file}`, { failed: true });
    }
  };

  return {
    handle(event) {
      note(event);
      inner.handle(event);
    },
    print: (text) => inner.print(text),
    async close() {
      await inner.close();
      if (written) return;
      written = true;
      clearInterval(sampler);
      for (const key of [...open.keys()]) end(key);
      const lines = entries.map((entry) => JSON.stringify(entry)).join(',\n');
      await writeFileAtomic(file, `{"displayTimeUnit":"ms","traceEvents":[\n${lines}\n]}\n`);
    },
  };
}

function metadata(name: string, tid: number, args: Record<string, unknown>): TraceEntry {
  return { name, ph: 'M', ts: 0, pid: 1, tid, args };
}

/** Before hours of work, and not after them. */
function requireWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new Error('a folder');
  } catch {
    throw new UserError({
      id: 'trace.unwritable',
      message: 'the trace cannot be written to this file',
      span: { file },
      help: 'name a file in a folder that exists and is writable: --trace FILE',
    });
  }
}

/** Of all processors since the machine started, in milliseconds. */
function processorTimes(): { busy: number; total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq;
    busy += all;
    total += all + times.idle;
  }
  return { busy, total };
}
