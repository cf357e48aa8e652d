import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Event } from '../../src/events/event.js';
import { until } from './until.js';

export const launcher = resolve(import.meta.dirname, '../../stubforge');

/**
 * Where end-to-end tests keep downloads and outputs. They share it, so that the toolchain is built
 * once for all of them; what a test is about it makes stale itself.
 */
export const testState =
  process.env.STUBFORGE_TEST_STATE ?? join(tmpdir(), `stubforge-test-state-${process.getuid?.()}`);

export interface Ran {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/** Runs the launcher as a user would. Never throws for a failing command. */
export async function stubforge(
  words: readonly string[],
  options: { cwd?: string; state?: string; environment?: Record<string, string> } = {},
): Promise<Ran> {
  const { exitCode, stdout, stderr } = await execa(launcher, words, {
    cwd: options.cwd,
    env: { STUBFORGE_HOME: options.state ?? testState, ...options.environment },
    reject: false,
    stdin: 'ignore',
    maxBuffer: 200_000_000,
  });
  return { exitCode, stdout, stderr };
}

/** Runs with --json and gives the events, and the value of the `result` event among them. */
export async function stubforgeJson<Value = unknown>(
  words: readonly string[],
  options: Parameters<typeof stubforge>[1] = {},
): Promise<Ran & { events: Event[]; value: Value }> {
  const ran = await stubforge([...words, '--json'], options);
  const events = ran.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
  return { ...ran, events, value: resultOf<Value>(events) };
}

function resultOf<Value>(events: readonly Event[]): Value {
  const result = events.find((event) => event.type === 'result');
  return (result?.type === 'result' ? result.value : undefined) as Value;
}

/** Starts with --json, in a process group of its own, to be looked at while it runs. */
export function startStubforge<Value = unknown>(
  words: readonly string[],
  options: Parameters<typeof stubforge>[1] = {},
) {
  const events: Event[] = [];
  const child = execa(launcher, [...words, '--json'], {
    cwd: options.cwd,
    env: { STUBFORGE_HOME: options.state ?? testState, ...options.environment },
    reject: false,
    stdin: 'ignore',
    detached: true,
    maxBuffer: 200_000_000,
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as Event);
  });
  return {
    child,
    events,
    /** Waits for the first event of which this is true. */
    seen: (is: (event: Event) => boolean) => until(() => events.some(is)),
    ended: child.then(({ exitCode, stdout, stderr }) => ({
      ...{ exitCode, stdout, stderr, events },
      value: resultOf<Value>(events),
    })),
  };
}

/** What a script waits for in its build folder, and `letGo` puts there. */
export const waitToGo = 'until [ -e go ]; do sleep 0.1; done';

/** Lets a unit go on whose script waits, named like its folder: `zlib_stubdom-amd64`. */
export async function letGo(unit: string, state = testState): Promise<void> {
  const folder = join(state, 'build', unit, 'build');
  await until(() =>
    writeFile(join(folder, 'go'), '').then(
      () => true,
      () => false,
    ),
  );
}
