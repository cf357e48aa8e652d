import { Command } from 'commander';
import { Session } from '../../src/app/session.js';
import { commands } from '../../src/cli/command-table.js';
import type { RunAction } from '../../src/cli/context.js';
import { findProject } from '../../src/project/project.js';
import { isFree } from './flock.js';
import { testState } from './stubforge.js';

interface Watched {
  exitCode: number;
  /** What the command told of, in order, and whether nobody could have removed outputs meanwhile. */
  moments: { what: string; held: boolean }[];
  /** The same for each look at a unit's newest record, which plans and explanations are made from. */
  readings: boolean[];
  /** The same after its end. */
  heldAtEnd: boolean;
}

/**
 * Runs a command of the command line in this process. Whenever it tells of something it stands still
 * until flock(1) has said whether a `store gc` would have to wait.
 */
export async function watchCommand(
  name: string,
  words: readonly string[],
  { directory = '.', state = testState } = {},
): Promise<Watched> {
  const project = findProject({ directory, stateDir: state });
  const held = () => !isFree(`${project.state.store}/lock`);
  const moments: Watched['moments'] = [];
  const look = (what: string) => moments.push({ what, held: held() });
  const readings: boolean[] = [];
  let exitCode = -1;
  const run: RunAction =
    (action) =>
    async (...received) => {
      const command = received.at(-1) as Command;
      const session = new Session({ project, emit: (event) => look(event.type) });
      const { cache } = session;
      const latest = cache.latest.bind(cache);
      cache.latest = (unit) => {
        readings.push(held());
        return latest(unit);
      };
      const context = { session, json: true, quiet: true, result: () => look('result') };
      exitCode = await action(context, command.optsWithGlobals() as never, command.args);
    };
  const command = new Command(name).exitOverride();
  (await commands.find((entry) => entry.name === name)!.load()).default(command, run);
  await command.parseAsync([...words], { from: 'user' });
  return { exitCode, moments, readings, heldAtEnd: held() };
}
