import { constants } from 'node:os';
import { Command, CommanderError } from 'commander';
import { Session } from '../app/session.js';
import type { Event } from '../events/event.js';
import { findProject } from '../project/project.js';
import { createListener } from '../ui/listener.js';
import { renderDiagnostic, UserError } from '../util/diagnostic.js';
import { diagnoseDiskError } from '../util/disk-errors.js';
import { suggestion } from '../util/suggest.js';
import { commands } from './command-table.js';
import type { Context, RunAction } from './context.js';

interface CommonOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  offline?: boolean;
  directory?: string;
  state?: string;
  /** Only some commands have it. */
  trace?: string;
}

/** A closed terminal sends SIGHUP; the children, in groups of their own, would not notice. */
const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Options that every command takes, before or after its own. */
function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON event a line on standard output')
    .option('-q, --quiet', 'only problems and results')
    .option('-v, --verbose', 'also every line that tools print')
    .option('--offline', 'no network at all')
    .option('-C, --directory <dir>', 'act as if started in this folder')
    .option('--state <dir>', 'downloads, store and logs ($STUBFORGE_HOME, else in the XDG cache)');
}

/** Parses the words, runs the command, prints its problems. Resolves to the exit code. */
export async function runCommandLine(words: string[], version: string): Promise<number> {
  let exitCode = 0;
  const controller = new AbortController();

  const run: RunAction =
    (action) =>
    async (...received) => {
      const command = received.at(-1) as Command;
      const options = command.optsWithGlobals<CommonOptions>();
      if (options.directory !== undefined) enter(options.directory);
      const listener = await createListener(options);
      const interrupt = (signal: NodeJS.Signals) => {
        // The second signal ends stubforge at once; the first lets it end its children and tidy up.
        if (controller.signal.aborted) process.exit(130);
        controller.abort(
          new UserError({ message: `stopped by ${signal}` }, 128 + constants.signals[signal]),
        );
      };
      for (const signal of interrupts) process.on(signal, interrupt);
      const context: Context = {
        session: new Session({
          project: findProject({ stateDir: options.state }),
          offline: options.offline ?? false,
          emit: (event: Event) => listener.handle(event),
          signal: controller.signal,
        }),
        json: options.json ?? false,
        quiet: options.quiet ?? false,
        result: (name, value, text) => {
          if (options.json) listener.handle({ type: 'result', command: name, value });
          else listener.print(text);
        },
      };
      try {
        exitCode = await action(context, options as never, command.args);
      } catch (error) {
        await listener.close();
        exitCode = report(await diagnoseDiskError(error), options.json ?? false);
      } finally {
        await listener.close();
        for (const signal of interrupts) process.off(signal, interrupt);
      }
    };

  const root = addCommonOptions(new Command('stubforge'))
    .description('Cross-builds Xen stub domains from the distro’s own source packages.')
    .version(`stubforge ${version}`, '-V, --version')
    .showHelpAfterError('(see stubforge --help)')
    .enablePositionalOptions(false)
    .exitOverride();
  root.action(() => {
    const word = root.args[0];
    if (word === undefined) return root.outputHelp();
    throw new UserError(
      {
        message: `there is no command '${word}'`,
        help: suggestion(
          word,
          commands.map((each) => each.name),
          'commands',
        ),
      },
      2,
    );
  });
  root.argument('[command...]').usage('<command> [options]').allowExcessArguments(true);
  const wanted = words.find((word) => commands.some((entry) => entry.name === word));
  for (const entry of commands) {
    const command = new Command(entry.name).description(entry.summary).exitOverride();
    if (entry.name === wanted) {
      (await entry.load()).default(command, run);
      for (const each of [command, ...command.commands]) addCommonOptions(each).exitOverride();
    }
    root.addCommand(command);
  }

  try {
    await root.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its message; help and version are no failures.
      return error.exitCode === 0 ? 0 : 2;
    }
    return report(error, words.includes('--json'));
  }
  return exitCode;
}

/** Goes where --directory says, so that every path the user names is meant from there. */
function enter(directory: string): void {
  try {
    process.chdir(directory);
  } catch {
    throw new UserError({ message: `there is no folder '${directory}' to work in` }, 2);
  }
}

/** Prints what was thrown and gives the exit code that it means. */
function report(error: unknown, json: boolean): number {
  if (error instanceof UserError) {
    if (json) {
      const event: Event = {
        type: 'error',
        diagnostics: error.diagnostics,
        exitCode: error.exitCode,
      };
      process.stdout.write(`${JSON.stringify(event)}\n`);
    } else {
      process.stderr.write(
        `${error.diagnostics.map((each) => renderDiagnostic(each)).join('\n\n')}\n`,
      );
    }
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`stubforge: this is a defect of stubforge, please report it\n${text}\n`);
  return 70;
}
