import { constants } from 'node:os';
import { Command, CommanderError } from 'commander';
import type { Event } from '../events/event.js';
import { diagnoseDiskError } from '../project/disk-diagnostics.js';
import { findProject, type Project } from '../project/project.js';
import { settings } from '../project/settings.js';
import { createListener } from '../ui/create-listener.js';
import type { Listener } from '../ui/listener.js';
import type { Output } from '../ui/output.js';
import { UserError } from '../util/diagnostic.js';
import { formatSeconds } from '../util/format.js';
import { suggestion } from '../util/suggest.js';
import { commands } from './command-table.js';
import type { Action, Context, RunAction } from './context.js';

interface CommonOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  debug?: boolean;
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
    .option('--json', 'print events as JSON on standard output, one a line')
    .option('-q, --quiet', 'print only diagnostics and results')
    .option('-v, --verbose', 'also print every line that tools print')
    .option(
      '--debug',
      'also print commands that are run, times of phases, ids and stack traces ($STUBFORGE_DEBUG=1)',
    )
    .option('--offline', 'use no network at all')
    .option('-C, --directory <dir>', 'act as if started in this folder')
    .option(
      '--state <dir>',
      'keep downloads, store and logs here ($STUBFORGE_HOME, else in the XDG cache)',
    );
}

/** Parses the words, runs the command, reports what is wrong. Resolves to the exit code. */
export async function runCommandLine(
  words: string[],
  version: string,
  output: Output,
): Promise<number> {
  let exitCode = 0;
  const controller = new AbortController();
  output.onLost = (lost) => controller.abort(new UserError([], lost.exitCode));

  const run: RunAction =
    <Options>(action: Action<Options>) =>
    async (...received: unknown[]) => {
      const command = received.at(-1) as Command;
      const options = withDebug(command.optsWithGlobals<CommonOptions & Options>());
      if (options.directory !== undefined) enter(options.directory);
      const listener = await createListener(options, output);
      const interrupt = (signal: NodeJS.Signals) => {
        // The second signal ends stubforge at once; the first lets it end its children and tidy up.
        if (controller.signal.aborted) process.exit(130);
        controller.abort(
          new UserError(
            { id: 'run.stopped', message: `stopped by ${signal}` },
            128 + constants.signals[signal],
          ),
        );
      };
      for (const signal of interrupts) process.on(signal, interrupt);
      const debug = options.debug ? await import('./debug.js') : undefined;
      const say = (text: string) => output.say(text);
      const unwatch = debug?.watchCommands(say);
      const { Session } = await import('../app/session.js');
      let project: Project | undefined;
      try {
        project = findProject({ stateDir: options.state });
        const context: Context = {
          session: new Session({
            project,
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
        exitCode = await action(context, options, command.args);
      } catch (error) {
        // On a full disk, what the listener was to write may fail as well, and hides nothing.
        const unwritten = await listener.close().catch((thrown: unknown) => thrown);
        // Libraries that were aborted say so in errors of their own, whatever the reason was.
        const stopped = controller.signal.aborted && !(error instanceof UserError);
        const diagnosed = await diagnoseDiskError(stopped ? controller.signal.reason : error, {
          state: project?.state.root,
        });
        if (debug) say(debug.describeThrown(diagnosed));
        exitCode = report(diagnosed, listener, output, options.json);
        if (unwritten) report(await diagnoseDiskError(unwritten), listener, output, options.json);
      } finally {
        await listener.close();
        unwatch?.();
        for (const signal of interrupts) process.off(signal, interrupt);
      }
      if (debug)
        say(`debug: exit code ${exitCode} after ${formatSeconds(performance.now() / 1000)}\n`);
    };

  /** Lets commander print through `output`, and leave its errors to whoever catches them. */
  const quietly = (command: Command) =>
    command.exitOverride().configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => output.say(text),
      outputError: () => {},
    });

  const root = quietly(addCommonOptions(new Command('stubforge')))
    .description('Cross-builds Xen stub domains from the distro’s own source packages.')
    .version(`stubforge ${version}`, '-V, --version')
    .enablePositionalOptions(false);
  root.action(() => {
    const word = root.args[0];
    if (word === undefined) return root.outputHelp();
    throw new UserError(
      {
        id: 'cli.unknown-command',
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
  const wanted = commandIn(words);
  for (const entry of commands) {
    const command = quietly(new Command(entry.name).description(entry.summary));
    if (entry.name === wanted) {
      (await entry.load()).default(command, run);
      for (const each of [command, ...command.commands]) quietly(addCommonOptions(each));
    }
    root.addCommand(command);
  }

  try {
    await root.parseAsync(words, { from: 'user' });
  } catch (error) {
    // Help and version are no failures.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { json, debug } = withDebug({
      json: words.includes('--json'),
      debug: words.includes('--debug'),
    });
    // Help that was shown because a word is missing says all that there is to say to a person.
    if (error instanceof CommanderError && error.code === 'commander.help' && !json) return 2;
    if (debug) output.say((await import('./debug.js')).describeThrown(error));
    const thrown =
      error instanceof CommanderError
        ? usageError(error, commandPath(root, words))
        : await diagnoseDiskError(error);
    const listener = await createListener({ json, debug, quiet: true }, output);
    return report(thrown, listener, output, json);
  }
  return exitCode;
}

/** The command that the words name; a word that is the value of an option is none. */
function commandIn(words: readonly string[]): string | undefined {
  return words.find(
    (word, index) =>
      commands.some(({ name }) => name === word) &&
      !['-C', '--directory', '--state', '--trace'].includes(words[index - 1] ?? ''),
  );
}

/** The environment may ask for --debug as well. */
function withDebug<Options extends { debug?: boolean }>(options: Options): Options {
  return { ...options, debug: options.debug || settings.debug };
}

/** Goes where --directory says, so that every path the user names is meant from there. */
function enter(directory: string): void {
  try {
    process.chdir(directory);
  } catch {
    throw new UserError(
      {
        id: 'cli.no-folder',
        message: `there is no folder '${directory}' to work in`,
        help: 'name a folder that exists: --directory DIR',
      },
      2,
    );
  }
}

/** The names of the command and the subcommand that the words ask for, as far as there are such. */
function commandPath(root: Command, words: readonly string[]): string[] {
  const path: string[] = [];
  let command = root;
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (next) path.push(word);
    command = next ?? command;
  }
  return path;
}

/** What commander says of words that it cannot understand. */
function usageError(error: CommanderError, path: readonly string[]): UserError {
  if (error.code === 'commander.help') {
    const diagnostic = {
      id: 'cli.missing-subcommand',
      message: `'${path.join(' ')}' needs a subcommand`,
      help: `see stubforge ${path.join(' ')} --help`,
    };
    return new UserError(diagnostic, 2);
  }
  const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const meant = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(more.join(' '))?.[1];
  const name = error.code.replace(/^commander\./, '').replace(/[A-Z]/g, (letter) => `-${letter}`);
  return new UserError(
    {
      id: `cli.${name.toLowerCase()}`,
      message: message.replace(/\.$/, ''),
      help: meant ? `did you mean ${meant}?` : `see ${['stubforge', ...path, '--help'].join(' ')}`,
    },
    2,
  );
}

/** Reports what was thrown and returns the exit code that it means. */
function report(thrown: unknown, listener: Listener, output: Output, json = false): number {
  if (thrown instanceof UserError) {
    const { diagnostics, exitCode } = thrown;
    // Without standard output there is nobody left to read it.
    if (diagnostics.length > 0) listener.handle({ type: 'error', diagnostics, exitCode });
    return exitCode;
  }
  const message = 'this is a defect of stubforge; please report it';
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  output.say(`stubforge: ${message}\n${text}\n`);
  if (json) {
    const diagnostic = { id: 'stubforge.defect', message, details: text.split('\n') };
    listener.handle({ type: 'error', diagnostics: [diagnostic], exitCode: 70 });
  }
  return 70;
}
