// For `node --import`: writes down which paths the program reads or asks about, one line a call, into
// the file that $WITNESS names: `read PATH` for contents and lists, `ask PATH` for everything else.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

const append = fs.appendFileSync;
/** @type {Set<string>} */
const seen = new Set();
/** @type {(kind: string, path: unknown) => void} */
const note = (kind, path) => {
  if (typeof path !== 'string') return;
  const line = `${kind} ${resolve(path)}\n`;
  if (seen.has(line)) return;
  seen.add(line);
  append(/** @type {string} */ (process.env.WITNESS), line);
};
const reads = ['readFile', 'readFileSync', 'readdir', 'readdirSync', 'open', 'openSync'];
const asks = ['stat', 'statSync', 'lstat', 'lstatSync', 'access', 'accessSync', 'existsSync'];
asks.push('realpath', 'realpathSync', 'readlink', 'readlinkSync');
/** @type {Record<string, any>[]} */
const owners = [fs, fs.promises];
/** @type {[kind: string, names: string[]][]} */
const kinds = [
  ['read', [...reads, 'createReadStream']],
  ['ask', asks],
];
for (const owner of owners) {
  for (const [kind, names] of kinds) {
    for (const name of names) {
      const original = owner[name];
      if (typeof original !== 'function') continue;
      /** @type {(path: unknown, ...rest: unknown[]) => unknown} */
      const noted = (path, ...rest) => {
        note(kind, path);
        return original.call(owner, path, ...rest);
      };
      owner[name] = Object.assign(noted, original);
    }
  }
}
syncBuiltinESMExports();
