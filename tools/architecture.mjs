// The picture of the layers in docs/architecture.md, made from the code: which folder of src/ imports
// which. `--check` fails when the page shows another one.
import { readFileSync, writeFileSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import { layers, rowOf } from './layers.mjs';

const page = 'docs/architecture.md';
const [begin, end] = ['<!-- layers: npm run architecture -->', '<!-- end of layers -->'];

/** @param {string} path */
const folderOf = (path) => /^src\/([^/]+)\//.exec(path)?.[1];

/**
 * For each folder those that it imports.
 * @returns {Promise<Map<string, Set<string>>>}
 */
async function importsOfFolders() {
  const { output } = await cruise(['src'], {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  });
  /** @type {Map<string, Set<string>>} */
  const imports = new Map();
  for (const name of layers.flatMap(({ folders }) => folders)) imports.set(name, new Set());
  if (typeof output === 'string') throw new Error(output);
  for (const { source, dependencies } of output.modules) {
    const from = folderOf(source);
    for (const { resolved } of dependencies) {
      const to = folderOf(resolved);
      if (from && to && from !== to) imports.get(from)?.add(to);
    }
  }
  return imports;
}

/** @param {Map<string, Set<string>>} imports */
function picture(imports) {
  const width = Math.max(...layers.map(({ folders }) => folders.join('  ').length));
  const rows = layers.toReversed().map(({ folders, what }) => {
    return `│ ${folders.join('  ').padEnd(width)} │ ${what}`;
  });
  const line = '─'.repeat(width + 2);
  const boxes = rows.flatMap((row) => [row, `├${line}┤`]).slice(0, -1);
  const table = [...imports]
    .toSorted(([a], [b]) => rowOf(b) - rowOf(a) || (a < b ? -1 : 1))
    .map(([name, others]) => {
      const names = [...others].toSorted((a, b) => rowOf(b) - rowOf(a) || (a < b ? -1 : 1));
      return `| \`${name}\` | ${names.join(', ') || '–'} |`;
    });
  return [
    '```text',
    `┌${line}┐`,
    ...boxes,
    `└${line}┘`,
    '```',
    '',
    '| folder | imports |',
    '|---|---|',
    ...table,
  ].join('\n');
}

const text = readFileSync(page, 'utf8');
const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
const made = `${text.slice(0, from)}\n\n${picture(await importsOfFolders())}\n\n${text.slice(to)}`;
if (!process.argv.includes('--check')) {
  writeFileSync(page, made);
} else if (made !== text) {
  console.error(`${page} does not show the layers as they are: npm run architecture`);
  process.exitCode = 1;
}
