// Plays recorded events to the listener of a terminal, for tests that look at what it draws.
// Usage: node play-events.mjs COMPILED EVENTS [--exit]: the folder of the compiled program, and a file
// with one JSON event or `{"pause": milliseconds}` a line. --exit: the process ends amid the list.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [compiled = '', file = '', exit] = process.argv.slice(2);

let writes = 0;
for (const stream of [process.stdout, process.stderr]) {
  /** @type {(...words: any[]) => boolean} */
  const write = stream.write.bind(stream);
  stream.write = (/** @type {any[]} */ ...words) => {
    writes++;
    return write(...words);
  };
}

/**
 * On a busy machine the first drawing may come late. Where none comes at all, the test says so.
 * @param {number} milliseconds
 */
async function pause(milliseconds) {
  const before = writes;
  await sleep(milliseconds);
  for (let turn = 0; writes === before && turn < 200; turn++) await sleep(10);
}
/** @param {string} name */
const load = (name) => import(pathToFileURL(join(compiled, 'ui', name)).href);
const { Output } = await load('output.js');
const { createListener } = await load('create-listener.js');

const listener = await createListener({}, new Output());
for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
  const event = JSON.parse(line);
  if (event.pause) await pause(event.pause);
  else if (event.type === 'result') listener.print(event.value);
  else listener.handle(event);
}
if (exit) process.exit(3);
await listener.close();
