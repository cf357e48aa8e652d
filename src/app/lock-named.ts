import { readLock } from '../source/lock-file.js';
import { lockSources } from '../source/lock-sources.js';
import type { Session } from './session.js';
import { sourcesOf } from './sources.js';

/** A source whose locked version is another than before. */
export interface LockChange {
  /** The source's id. */
  id: string;
  version: string;
  /** Absent where it was not locked. */
  before?: string;
}

export interface LockedNamed {
  /** The project's own, to which new versions are written. */
  lockFile: string;
  changes: LockChange[];
}

/**
 * Locks the sources of recipes (of all, when none is named), without those of what they need. With
 * `update` also looks for newer versions of what is locked already. Throws UserError for unknown recipes,
 * and where a source cannot be found.
 */
export async function lockNamed(
  session: Session,
  names: readonly string[],
  { update }: { update?: boolean } = {},
): Promise<LockedNamed> {
  const { project, offline, emit, signal } = session;
  const specs = await sourcesOf(session, names, 'named');
  const before = await readLock(project);
  const lock = await lockSources(project, specs, { update, offline, emit, signal });
  const changes = [...lock.entries]
    .map(([id, { version }]) => ({ id, version, before: before.entries.get(id)?.version }))
    .filter(({ version, before: old }) => version !== old);
  return { lockFile: project.lockFile, changes };
}
