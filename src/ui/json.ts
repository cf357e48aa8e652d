import type { Listener } from './listener.js';
import type { Output } from './output.js';

/** One event a line on standard output, in the shape that `stubforge schema events` describes. */
export function jsonListener(output: Output): Listener {
  const write = (value: unknown) => output.write(`${JSON.stringify(value)}\n`);
  return {
    handle: write,
    print: (text) => write({ type: 'result', command: '', value: text }),
    close: async () => {},
  };
}
