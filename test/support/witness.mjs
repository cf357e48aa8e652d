// For `node --import`: writes down which paths the program reads or asks about, one line a call, into
// the file that $WITNESS names: `read PATH` for contents and lists, `ask PATH` for everything else.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

const append = fs.appendFileSync;
const seen = new Set();
const note = (kind, path) => {
  if (typeof path !== 'string') return;
  const line = `${kind} ${resolve(path)}\n`;
  if (seen.has(line)) return;
  seen.add(line);
  append(process.env.WITNESS, line);
};
const reads = ['readFile', 'readFileSync', 'readdir', 'readdirSync', 'open', 'openSync'];
const asks = ['stat', 'statSync', 'lstat', 'lstatSync', 'access', 'accessSync', 'existsSync'];
asks.push('realpath', 'realpathSync', 'readlink', 'readlinkSync');
for (const owner of [fs, fs.promises]) {
  for (const [kind, names] of [
    ['read', [...reads, 'createReadStream']],
    ['ask', asks],
  ]) {
    for (const name of names) {
      const original = owner[name];
      if (typeof original !== 'function') continue;
      owner[name] = Object.assign((path, ...rest) => {
        note(kind, path);
        return original.call(owner, path, ...rest);
      }, original);
    }
  }
}
syncBuiltinESMExports();
