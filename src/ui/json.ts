import type { Listener } from './listener.js';

/** One event a line on standard output, in the shape that `events.ts` documents. */
export function jsonListener(): Listener {
  const write = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
  return {
    handle: write,
    print: (text) => write({ type: 'result', command: '', value: text }),
    close: async () => {},
  };
}
