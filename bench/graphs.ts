// Synthetic projects of 100, 1,000 and 10,000 recipes: how long it takes to load them, to make every
// key and to plan, and how much memory; cpuMs tells the processor's time where the machine is busy.
// Each is planned three times by a process of its own: with no cache, with what the first left, and a
// last time with every recipe's file changed in between.
// Usage: npx tsx bench/graphs.ts [--json] [COUNT...]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const counts = words.length > 0 ? words.map(Number) : [100, 1000, 10000];
const child = fileURLToPath(new URL('graphs-child.mjs', import.meta.url));

/**
 * Groups of forty recipes, as the libraries below one program are: each needs up to three of its
 * group, and the first of a group needs the very first of all.
 */
function recipe(index: number): string {
  const inGroup = index % 40;
  const needs = [1, 5, 16].filter((step) => step <= inGroup);
  if (inGroup === 0 && index > 0) needs.push(index);
  return [
    `name: package-${index}`,
    `summary: the package number ${index} of a synthetic graph`,
    `source: { url: 'https://example.org/package-${index}.tar.gz', sha256: '${String(index).padStart(64, '0')}' }`,
    'build: autotools',
    `needs: [${needs.map((step) => `package-${index - step}`).join(', ')}]`,
    'configure:',
    '  - --disable-nls',
    `  - --with-number=${index}`,
    'provides:',
    `  libraries: [libpackage-${index}.a]`,
    `  headers: [package-${index}.h]`,
    'stubdom-i386:',
    '  configure: [--disable-assembler]',
    '',
  ].join('\n');
}

const rows = [];
const root = mkdtempSync(join(tmpdir(), 'stubforge-graphs-'));
try {
  for (const count of counts) {
    const project = join(root, String(count));
    const recipes = join(project, 'recipes');
    const write = (note: string) => {
      mkdirSync(recipes, { recursive: true });
      for (let index = 0; index < count; index++) {
        writeFileSync(join(recipes, `package-${index}.yaml`), recipe(index) + note);
      }
      // Files that have just changed are not trusted to stay as they are.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    };
    write('');
    for (const how of ['first', 'again', 'all changed']) {
      if (how === 'all changed') write('# changed\n');
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [child, project, join(root, `state-${count}`)],
        { encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(stderr);
      rows.push({ recipes: count, how, ...JSON.parse(stdout) });
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
