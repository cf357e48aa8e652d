import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import type { Event } from '../../src/events/event.js';

const launcher = resolve(import.meta.dirname, '../../stubforge');

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
  const result = events.find((event) => event.type === 'result');
  return { ...ran, events, value: (result?.type === 'result' ? result.value : undefined) as Value };
}
