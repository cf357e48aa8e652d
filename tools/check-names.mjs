// Names of source files occur once: whoever hears of `read-elf.ts` knows which file is meant.
import { readdirSync } from 'node:fs';

const files = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => ({ name: entry.name, path: `${entry.parentPath}/${entry.name}` }));
const repeated = files.filter(({ name }) => files.filter((each) => each.name === name).length > 1);
for (const { name, path } of repeated) console.error(`${path}: another file is called ${name} too`);
process.exitCode = repeated.length > 0 ? 1 : 0;
