// Commands on the store that are killed, each followed by one that has to finish.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  build,
  leftovers,
  ofType,
  outputsOf,
  type Result,
  runStore,
  start,
  type Task,
  verify,
  writeProject,
} from './project.js';

interface Place {
  state: string;
  archive: string;
  whole: string;
  random: () => number;
}

interface Killed {
  words: (place: Place) => string[];
  prepare: (place: Place) => void;
}

/** What is killed; `prepare` makes of a copy of the full state what the command has work with. */
const commands: Record<string, Killed> = {
  gc: { words: () => ['store', 'gc'], prepare: () => {} },
  repair: { words: () => ['store', 'repair'], prepare: damage },
  /** A build that has to restore what it takes in, and lays it into sysroots. */
  restore: { words: () => ['build', 'top', '--force'], prepare: damage },
  export: { words: ({ archive }) => ['store', 'export', archive], prepare: () => {} },
  import: {
    words: ({ whole }) => ['store', 'import', whole],
    prepare: ({ state }) => rmSync(join(state, 'store'), { recursive: true }),
  },
};

/** Every third file of an output, of which the store has another name or another copy, or not. */
function damage({ state, random }: Place): void {
  const outputs = join(state, 'store', 'outputs');
  const files = readdirSync(outputs, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
  for (const path of files.sort()) {
    if (random() > 0.1) continue;
    // A file of its own in the place of the shared one: that one is whole, and can be taken again.
    if (random() < 0.7) rmSync(path);
    else chmodSync(path, 0o644);
    writeFileSync(path, 'damaged');
  }
}

/**
 * `losses` names what went wrong. Every other kill comes at a random moment of the command, and
 * every other before a random one of its operations on files.
 */
export async function killStoreCommands(task: Task): Promise<Result> {
  const { folder, count, random, progress } = task;
  const project = join(folder, 'store-kill-project');
  const full = join(folder, 'store-kill-full');
  const state = join(folder, 'store-kill-state');
  const whole = join(folder, 'store-kill-whole.tar.zst');
  const archive = join(folder, 'store-kill', 'outputs.tar.zst');
  const losses: object[] = [];
  const killedWhileRunning: Record<string, number> = {};
  const figures = { kills: 0, killedWhileRunning, leftovers: 0, rebuilt: 0 };
  const place: Place = { state, archive, whole, random };
  mkdirSync(project, { recursive: true });
  mkdirSync(join(folder, 'store-kill'));
  // Older outputs, so that there is something to collect.
  for (let variant = 0; variant < 5; variant++) {
    writeProject(project, { base: variant, left: variant });
    await build(project, full);
  }
  const expected = outputsOf(await build(project, full));
  await runStore(full, ['export', whole]);
  const fresh = () => {
    rmSync(state, { recursive: true, force: true });
    execFileSync('cp', ['-a', full, state]);
  };

  /** How long a whole command takes, and in how many operations on files. */
  const lengths: Record<string, { milliseconds: number; operations: number }> = {};
  for (const [name, { words, prepare }] of Object.entries(commands)) {
    fresh();
    prepare(place);
    const started = performance.now();
    const { code, operations, stderr } = await start(project, state, words(place), {
      environment: {},
    }).ended;
    lengths[name] = { milliseconds: performance.now() - started, operations };
    if (code !== 0 || !operations) losses.push({ unhindered: name, code, operations, stderr });
  }
  rmSync(archive, { force: true });
  if (losses.length > 0) return { figures, losses };

  const names = Object.keys(commands);
  for (let round = 0; round < count; round++) {
    const name = names[round % names.length]!;
    const { words, prepare } = commands[name]!;
    const { milliseconds, operations } = lengths[name]!;
    fresh();
    prepare(place);
    const before = await verify(state);
    const byTime = Math.floor(round / names.length) % 2 === 0;
    const at = Math.floor(random() * (byTime ? milliseconds : operations));
    const environment = byTime ? undefined : { STUBFORGE_KILL_AT: String(at) };
    const victim = start(project, state, words(place), { environment });
    if (byTime) {
      await setTimeout(at);
      victim.kill();
    }
    const killed = await victim.ended;
    const context = { round, name, [byTime ? 'millisecond' : 'operation']: at };
    figures.kills++;
    if (killed.signal === 'SIGKILL') {
      killedWhileRunning[name] = (killedWhileRunning[name] ?? 0) + 1;
    } else if (killed.code !== 0) losses.push({ ...context, ...killed });

    // What was damaged before may still be so, and nothing else.
    const report = await verify(state);
    const known = new Set(before.damaged.map(({ output }) => output));
    const broken = report.damaged.filter(({ output }) => !known.has(output));
    if (broken.length > 0 || report.damagedRecords.length > 0) losses.push({ ...context, report });
    if (before.sound && !report.sound) losses.push({ ...context, report });
    // The archive is whole, or it is not there.
    if (name === 'export' && existsSync(archive)) execFileSync('cmp', [archive, whole]);

    const again = await start(project, state, words(place), { environment: {} }).ended;
    if (again.code !== 0) losses.push({ ...context, again: again.code, stderr: again.stderr });
    if (name === 'export') {
      execFileSync('cmp', [archive, whole]);
      rmSync(archive);
    }
    const after = await build(project, state);
    const outputs = outputsOf(after);
    if (after.code !== 0 || JSON.stringify(outputs) !== JSON.stringify(expected)) {
      losses.push({ ...context, code: after.code, outputs, stderr: after.stderr });
    }
    const rebuilt = ofType(after, 'unit-start').map((event) => event.unit);
    figures.rebuilt += rebuilt.length;
    if (rebuilt.length > 0 && before.sound) losses.push({ ...context, rebuilt });

    figures.leftovers += leftovers(state).length > 0 ? 1 : 0;
    const collected = await runStore(state, ['gc']);
    const left = [...leftovers(state), ...leftovers(join(folder, 'store-kill'))];
    const last = await verify(state);
    if (collected.code !== 0 || left.length > 0 || !last.sound) {
      losses.push({ ...context, left, last, stderr: collected.stderr });
    }
    progress('store kill', round + 1, count, losses);
  }
  return { figures, losses };
}
