// Random damage to files of the store, each followed by a build that uses what was damaged.
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  build,
  ofType,
  outputsOf,
  type Result,
  repair,
  type Task,
  verify,
  writeProject,
} from './project.js';

const kinds: Record<string, (path: string, random: () => number) => void> = {
  /** One bit, and nothing in the metadata tells of it, as when a disk forgets. */
  rot: (path, random) => {
    const { atime, mtime } = lstatSync(path);
    flip(path, random);
    utimesSync(path, atime, mtime);
  },
  overwrite: flip,
  append: (path) => appendFileSync(path, 'x'),
  truncate: (path, random) => truncateSync(path, Math.floor(random() * lstatSync(path).size)),
  remove: (path) => rmSync(path),
  mode: (path) => chmodSync(path, lstatSync(path).mode ^ 0o111),
  folder: (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  link: (path) => {
    rmSync(path);
    symlinkSync('/etc/hostname', path);
  },
  another: (path) => writeFileSync(`${path}-more`, 'more'),
};

/** Kinds that are no damage outside of outputs. */
const quiet = new Set(['another', 'mode', 'remove']);

function flip(path: string, random: () => number): void {
  const content = readFileSync(path);
  if (content.length === 0) {
    appendFileSync(path, 'x');
    return;
  }
  content[Math.floor(random() * content.length)]! ^= 1 << Math.floor(random() * 8);
  chmodSync(path, lstatSync(path).mode | 0o200);
  writeFileSync(path, content);
  chmodSync(path, lstatSync(path).mode & ~0o200);
}

export async function damageStore({ folder, count, random, progress }: Task): Promise<Result> {
  const project = join(folder, 'damage-project');
  const reference = join(folder, 'damage-reference');
  const state = join(folder, 'damage-state');
  const losses: object[] = [];
  const byKind: Record<string, number> = {};
  const figures = { damages: 0, byKind, seenByVerify: 0, warned: 0, rebuilt: 0, restored: 0 };
  mkdirSync(project, { recursive: true });
  writeProject(project);
  await build(project, state);
  for (let round = 0; round < count; round++) {
    // The unit above is stale now, so that the build has to use all others.
    writeProject(project, { top: round + 1 });
    const expected = outputsOf(await build(project, reference));
    // A stray of an earlier round is no file of the store's, and may be what it likes.
    const files = readdirSync(join(state, 'store'), { recursive: true, withFileTypes: true })
      .map((each) => ({ each, path: join(each.parentPath, each.name) }))
      .filter(
        ({ each, path }) => each.isFile() && !/\/(?:damaged|staging)\/|\.?lock$|-more$/.test(path),
      )
      .map(({ path }) => path)
      .sort();
    const path = files[Math.floor(random() * files.length)]!;
    const names = Object.keys(kinds);
    const kind = names[Math.floor(random() * names.length)]!;
    kinds[kind]!(path, random);
    figures.damages++;
    byKind[kind] = (byKind[kind] ?? 0) + 1;
    const context = { round, kind, path: path.slice(state.length) };

    const seen = await verify(state);
    if (!seen.sound) figures.seenByVerify++;
    // The mode of a record says nothing, one that is gone was never there, and nobody reads strays;
    // outputs have to be what they were in every way.
    else if (context.path.startsWith('/store/outputs/') || !quiet.has(kind)) {
      losses.push({ ...context, seen });
    }
    const after = await build(project, state);
    const outputs = outputsOf(after);
    if (after.code !== 0 || JSON.stringify(outputs) !== JSON.stringify(expected)) {
      losses.push({ ...context, code: after.code, stderr: after.stderr, outputs, expected });
    }
    figures.warned += ofType(after, 'warning').length > 0 ? 1 : 0;
    figures.rebuilt += ofType(after, 'unit-start').length > 1 ? 1 : 0;
    const { restored, restoredRecords } = await repair(state);
    figures.restored += restored.length + restoredRecords.length > 0 ? 1 : 0;
    const repaired = await verify(state);
    if (!repaired.sound) losses.push({ ...context, repaired });
    progress('damage', round + 1, count, losses);
  }
  return { figures, losses };
}
