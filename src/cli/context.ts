import type { Command } from 'commander';
import type { Emit } from '../events/event.js';
import type { Project } from '../project/project.js';

/** What every command is handed: the project, the listener, and the options that all share. */
export interface Context {
  project: Project;
  /** No network at all. */
  offline: boolean;
  json: boolean;
  quiet: boolean;
  emit: Emit;
  /**
   * Writes a command's result on standard output: `text` for people, or with --json one `result`
   * event that holds `value`.
   */
  result(command: string, value: unknown, text: string): void;
  /** Aborted by Ctrl-C or SIGTERM; long work passes it on to its children. */
  signal: AbortSignal;
}

/** Runs with the context and gives the exit code; throws UserError for what the user can mend. */
export type Action<Options> = (
  context: Context,
  options: Options,
  args: string[],
) => Promise<number>;

/** A command file's default export: adds arguments and options, and binds the action by `run`. */
export type Define = (command: Command, run: RunAction) => void;

/** Wraps an action for commander's `.action()`. */
export type RunAction = <Options>(
  action: Action<Options>,
) => (...commanderArgs: unknown[]) => Promise<void>;
