import { toolsForEverything } from '../engine/environment/unit-tools.js';
import { installTools, missingTools, packagesFor } from '../machine/build-tools.js';
import type { Session } from './session.js';

/** The Debian packages, sorted, that building and booting all recipes lacks here, `more` included. */
export async function missingPackages(
  session: Session,
  more: readonly string[] = [],
): Promise<string[]> {
  return packagesFor(await missingTools(await wantedTools(session, more)));
}

/**
 * Installs what `missingPackages` names, by apt-get, and resolves to it. Throws UserError with the
 * command to type where that takes a password or a network that must not be used.
 */
export async function installMissing(
  session: Session,
  more: readonly string[] = [],
): Promise<string[]> {
  return installTools(await wantedTools(session, more), session);
}

const wantedTools = async ({ project }: Session, more: readonly string[]) => [
  ...(await toolsForEverything(project)),
  ...more,
];
