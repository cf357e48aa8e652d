import type { Listener } from './listener.js';
import type { Output } from './output.js';

export interface ListenerOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  debug?: boolean;
  /** Also write a timeline to this file. */
  trace?: string;
}

/** Less than this has no room for a list beside what is printed. */
const smallest = { columns: 20, rows: 5 };

/** Creates the listener of a run, with a timeline where one is asked for. */
export async function createListener(options: ListenerOptions, output: Output): Promise<Listener> {
  const listener = await chooseListener(options, output);
  if (options.trace === undefined) return listener;
  return (await import('./trace.js')).traceListener(options.trace, listener);
}

/** JSON lines, quiet, terminal or plain lines: by the options, and by whether a person looks on. */
async function chooseListener(
  { json, quiet, verbose, debug }: ListenerOptions,
  output: Output,
): Promise<Listener> {
  if (json) return (await import('./json.js')).jsonListener(output);
  if (!quiet && !verbose && !debug && isLive()) {
    return (await import('./terminal.js')).terminalListener(output);
  }
  const level = quiet ? 'diagnostics' : verbose ? 'everything' : 'normal';
  return (await import('./plain.js')).plainListener({ level, debug }, output);
}

/** Whether standard error is a terminal that can be drawn on. */
export function isLive(): boolean {
  const { isTTY, columns, rows } = process.stderr;
  if (!isTTY || process.env.TERM === 'dumb' || process.env.CI) return false;
  return columns >= smallest.columns && rows >= smallest.rows;
}
