/** What --debug shows beside the events: each command that is run, and where an error was thrown. */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { formatSeconds } from '../util/format.js';
import { shellQuote } from '../util/shell-text.js';

/** Node.js publishes each process here that it starts, whatever library asked for it. */
const channel = 'child_process';

/** Reports each command that is run and how it ended, until the returned function is called. */
export function watchCommands(say: (text: string) => void): () => void {
  const onProcess = (message: unknown) => {
    const child = (message as { process: ChildProcess }).process;
    const started = performance.now();
    child.once('spawn', () => {
      say(`debug: [${child.pid}] ${child.spawnargs.map(shellQuote).join(' ')}\n`);
    });
    child.once('exit', (code, signal) => {
      const seconds = formatSeconds((performance.now() - started) / 1000);
      say(`debug: [${child.pid}] ended with ${signal ?? `exit code ${code}`} after ${seconds}\n`);
    });
  };
  subscribe(channel, onProcess);
  return () => unsubscribe(channel, onProcess);
}

/** Where an error was thrown, and what caused it. */
export function describeThrown(thrown: unknown): string {
  const lines: string[] = [];
  for (let each = thrown; each !== undefined; each = (each as { cause?: unknown })?.cause) {
    const text = each instanceof Error ? (each.stack ?? each.message) : String(each);
    lines.push(`debug: ${lines.length === 0 ? 'thrown' : 'caused by'}: ${text}`);
  }
  return `${lines.join('\n')}\n`;
}
