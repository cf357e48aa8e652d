import type { Event } from '../events/event.js';

/** Turns events into what somebody reads. One process has one listener. */
export interface Listener {
  handle(event: Event): void;
  /** Writes a command's result on standard output. */
  print(text: string): void;
  /** Finishes what is on the screen. May be called twice. */
  close(): Promise<void>;
}

export interface ListenerOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  /** Also write a timeline to this file. */
  trace?: string;
}

/** Creates the listener of a run, with a timeline where one is asked for. */
export async function createListener(options: ListenerOptions): Promise<Listener> {
  const listener = await chooseListener(options);
  if (options.trace === undefined) return listener;
  return (await import('./trace.js')).traceListener(options.trace, listener);
}

/** JSON lines, quiet, terminal or plain lines: by the options, and by whether a person looks on. */
async function chooseListener(options: ListenerOptions): Promise<Listener> {
  if (options.json) return (await import('./json.js')).jsonListener();
  if (options.quiet) return (await import('./plain.js')).plainListener({ level: 'problems' });
  if (options.verbose) return (await import('./plain.js')).plainListener({ level: 'everything' });
  if (process.stderr.isTTY && process.env.TERM !== 'dumb' && !process.env.CI) {
    return (await import('./terminal.js')).terminalListener();
  }
  return (await import('./plain.js')).plainListener({ level: 'normal' });
}
