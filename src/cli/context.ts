import type { Command } from 'commander';
import type { Session } from '../app/session.js';

/** What every command is handed. */
export interface Context {
  session: Session;
  json: boolean;
  quiet: boolean;
  /**
   * Writes a command's result on standard output: `text` for people, or with --json one `result`
   * event that holds `value`.
   */
  result(command: string, value: unknown, text: string): void;
}

/** Runs with the context and gives the exit code; throws UserError for what the user can correct. */
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
