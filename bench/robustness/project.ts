// A project of small recipes that build in about a second: two that need one, and one above them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Event } from '../../src/events/event.js';
import { repairStore } from '../../src/store/repair-store.js';
import { Store } from '../../src/store/store.js';
import { isDamaged, verifyStore } from '../../src/store/verify-store.js';

const killAt = new URL('kill-at.mjs', import.meta.url);
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a part of the test found, and what was lost, which must be nothing. */
export interface Result {
  figures: Record<string, unknown>;
  losses: object[];
}

export type Progress = (what: string, done: number, of: number, losses: readonly object[]) => void;

/** What each part of the test is given. */
export interface Task {
  folder: string;
  count: number;
  random: () => number;
  progress: Progress;
}

/** How a process of stubforge has ended. */
export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  events: Event[];
  stderr: string;
  stdout: string;
  operations: number;
}

interface StartOptions {
  environment?: Record<string, string>;
  common?: readonly string[];
  onEvent?: (event: Event) => void;
}

const recipe = (name: string, needs: readonly string[], script: readonly string[]) => `name: ${name}
kind: tool
summary: for the robustness test
source: { local: ${name} }
build: script
needs: [${needs.join(', ')}]
script: |
  tools=\${PATH%%/usr/bin:*}
  out="$dest/usr/share/${name}"
  mkdir -p "$out" "$dest/usr/bin"
  printf '#!/bin/sh\\necho ${name}\\n' > "$dest/usr/bin/${name}"
  chmod 755 "$dest/usr/bin/${name}"
${script.map((line) => `  ${line}`).join('\n')}
`;

const common = 'for n in 1 2 3 4 5 6 7 8 9; do echo "common $n" > "$out/common-$n"; done';
const recipes = {
  base: recipe(
    'base',
    [],
    [common, 'cat "$source/input" > "$out/input"', 'ln -s input "$out/link"'],
  ),
  left: recipe(
    'left',
    ['base'],
    [common, 'cat "$source/input" "$tools/usr/share/base/link" > "$out/input"'],
  ),
  right: recipe('right', ['base'], ['sleep 0.05', 'cat "$tools"/usr/share/base/* > "$out/input"']),
  top: recipe(
    'top',
    ['left', 'right'],
    ['cat "$tools"/usr/share/*/* "$source/input" > "$out/input"', 'left; right'],
  ),
};

export const units = Object.keys(recipes).map((name) => `${name}:native`);

/** Writes the project. A unit whose `inputs` differ from last time, and all above it, become stale. */
export function writeProject(root: string, inputs: Record<string, number> = {}): void {
  for (const [name, text] of Object.entries(recipes)) {
    mkdirSync(join(root, 'recipes', name), { recursive: true });
    writeFileSync(join(root, 'recipes', `${name}.yaml`), text);
    writeFileSync(join(root, 'recipes', name, 'input'), `${name} ${inputs[name] ?? 0}\n`);
  }
}

/**
 * Starts stubforge in a process group of its own. `ended` gives exit code and events, which `onEvent`
 * hears as they come; with `environment`, what kill-at.mjs looks for, also the number of its
 * operations on files.
 */
export function start(
  root: string,
  state: string,
  words: readonly string[],
  { environment, common = ['--offline'], onEvent }: StartOptions = {},
): { ended: Promise<Ran>; kill: () => void } {
  const node = environment ? ['--import', fileURLToPath(killAt)] : [];
  const child = spawn(
    process.execPath,
    [...node, main, ...words, '--json', '--state', state, ...common],
    {
      cwd: root,
      detached: true,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  let operations = '';
  child.stdio[3]!.on('data', (data) => {
    operations += data;
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (data) => {
    stdout += data;
  });
  if (onEvent) {
    createInterface({ input: child.stdout! }).on('line', (line) => onEvent(JSON.parse(line)));
  }
  child.stderr!.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<Ran>((resolve) =>
    child.on('close', (code, signal) => {
      // After a kill the last line may be cut.
      const events = stdout.split('\n').flatMap((line) => {
        try {
          return [JSON.parse(line) as Event];
        } catch {
          return [];
        }
      });
      resolve({ code, signal, events, stderr, stdout, operations: Number(operations) });
    }),
  );
  const kill = () => {
    // When it has ended by itself, its number may be another's by now.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
  };
  return { ended, kill };
}

export const build = (root: string, state: string) =>
  start(root, state, ['build', ...Object.keys(recipes)]).ended;
export const runStore = (state: string, words: readonly string[]) =>
  start('/', state, ['store', ...words]).ended;
/** In this process, because starting one takes longer than the work. */
const storeOf = (state: string) => new Store(join(state, 'store'));
export const repair = (state: string) => repairStore(storeOf(state));
export const verify = async (state: string) => {
  const report = await verifyStore(storeOf(state));
  return { ...report, sound: !isDamaged(report) };
};

/** What processes that did not end well were writing in a folder, by their paths. */
export function leftovers(root: string): string[] {
  const temporary = /\.tmp-\d+-[0-9a-f]{8}|\/store\/staging\/[^/]+$|\.part$/;
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => temporary.test(path));
}

export const ofType = <Type extends Event['type']>(ran: Ran, type: Type) =>
  ran.events.filter((event): event is Extract<Event, { type: Type }> => event.type === type);

/** What a command gave as its result, if it got that far. */
export const resultOf = <Value>(ran: Ran) => ofType(ran, 'result')[0]?.value as Value | undefined;

/** Unit to content of its output, read anew from the disk and without the store's own code. */
export function outputsOf(ran: Ran): Record<string, string> | undefined {
  const value = resultOf<{ outputs: Record<string, { output: string }> }>(ran);
  if (!value) return undefined;
  return Object.fromEntries(
    Object.entries(value.outputs)
      .sort()
      .map(([unit, { output }]) => [unit, digest(output)]),
  );
}

function digest(root: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })
    .map((each) => ({ path: join(each.parentPath, each.name), each }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const { path, each } = entry;
    hash.update(`${path.slice(root.length)}\0`);
    if (each.isSymbolicLink()) hash.update(readlinkSync(path));
    else if (each.isFile())
      hash.update(readFileSync(path)).update(String(statSync(path).mode & 0o100));
  }
  return hash.digest('hex');
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
