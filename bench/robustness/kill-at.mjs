// Loaded into a process by --import: counts its operations on files and ends it, with its whole
// process group, by SIGKILL before the one that $STUBFORGE_KILL_AT names. At its end the process
// writes their number to descriptor 3.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const changing = [
  ...['chmod', 'copyFile', 'cp', 'link', 'mkdir', 'open', 'rename', 'rm', 'symlink', 'truncate'],
  ...['unlink', 'utimes', 'write', 'writeFile', 'fsync'],
];
const at = Number(process.env.STUBFORGE_KILL_AT ?? Number.POSITIVE_INFINITY);
let count = 0;

/** @type {(operation: Function) => (this: unknown, ...args: unknown[]) => unknown} */
const counted = (operation) =>
  function (...args) {
    if (count++ === at) process.kill(-process.pid, 'SIGKILL');
    return operation.apply(this, args);
  };

/** @type {[owner: Record<string, any>, names: string[]][]} */
const patched = [
  [fs, changing.flatMap((name) => [name, `${name}Sync`])],
  [fs.promises, changing],
];
for (const [owner, names] of patched) {
  for (const name of names) if (owner[name]) owner[name] = counted(owner[name]);
}
const handle = await fs.promises.open('/dev/null');
const methods = Object.getPrototypeOf(handle);
for (const name of ['writeFile', 'write', 'sync', 'utimes', 'chmod']) {
  methods[name] = counted(methods[name]);
}
await handle.close();
syncBuiltinESMExports();
count = 0;
process.on('exit', () => {
  try {
    fs.writeSync(3, String(count));
  } catch {
    // Nobody asked.
  }
});
