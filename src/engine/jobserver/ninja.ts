import { execa } from 'execa';
import { enclose, type SandboxedCommand } from '../../sandbox/sandbox.js';

/**
 * Whether the ninja that a build finds first on its PATH is a client of jobservers. It is asked where
 * the build runs: a unit may need a ninja of its own.
 */
export async function ninjaJoins(
  buildEnvironment: Omit<SandboxedCommand, 'command'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { words, directory, environment } = enclose({
    ...buildEnvironment,
    command: ['ninja', '--version'],
  });
  const { stdout } = await execa(words[0]!, words.slice(1), {
    cwd: directory,
    env: environment,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 10_000,
    cancelSignal: signal,
  });
  return knowsJobserver(stdout ?? '');
}

/** Judges by what `ninja --version` prints: those of 1.13 and later are clients, of FIFOs. */
export function knowsJobserver(version: string): boolean {
  const [, major, minor] = /^([0-9]+)\.([0-9]+)/.exec(version) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 13);
}
