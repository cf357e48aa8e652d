import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { UnitName } from '../../events/event.js';
import type { Project } from '../../project/project.js';
import { UserError } from '../../util/diagnostic.js';
import { type FileLock, lockFile } from '../../util/file-lock.js';
import type { BuildSite } from '../engine.js';

/** Where a unit is built. The tree stays behind when the build fails. */
export interface Workspace {
  /** Holds all of the following. */
  root: string;
  /** The unpacked source, patched. */
  source: string;
  /** An empty folder for builds out of tree. */
  build: string;
  /** What `make install` writes to: DESTDIR. */
  dest: string;
  sysroot: string;
  /** Outputs of the tools that the unit needs, which run on the build machine. */
  tools: string;
  /** HOME and TMPDIR. */
  home: string;
  /** What a sandbox shows as /tmp. */
  tmp: string;
  log: string;
}

/** The folders of a unit's build. The same unit always has the same ones. */
export function workspaceOf(project: Pick<Project, 'state'>, unit: UnitName): Workspace {
  return workspaceIn(project.state.build(unit), project.state.log(unit));
}

/** The folders of a build in the folder `root`. */
export function workspaceIn(root: string, log: string): Workspace {
  return {
    root,
    source: join(root, 'source'),
    build: join(root, 'build'),
    dest: join(root, 'dest'),
    sysroot: join(root, 'sysroot'),
    tools: join(root, 'tools'),
    home: join(root, 'home'),
    tmp: join(root, 'tmp'),
    log,
  };
}

/** Keeps others out of a unit's workspace; waits for whoever uses it, and says so. */
export function lockWorkspace(
  { project, emit, signal }: Pick<BuildSite, 'project' | 'emit' | 'signal'>,
  unit: UnitName,
): Promise<FileLock> {
  return lockFile(project.state.buildLock(unit), {
    signal,
    onWait: () =>
      emit({
        type: 'note',
        message: `${unit}: waiting for another stubforge that is building it or has a shell open in it`,
      }),
  });
}

/** Makes the folders of a workspace that are not there yet, all but that of the source. */
export async function makeFolders(workspace: Workspace): Promise<void> {
  const { build, dest, home, tmp, sysroot, tools } = workspace;
  for (const folder of [build, dest, home, tmp, sysroot, tools]) {
    await mkdir(folder, { recursive: true });
  }
}

/**
 * Throws UserError when a build has replaced one of its folders with something else. A link there would
 * lead what stubforge itself does next out of the workspace: mounting, removing, taking over what was
 * installed. Unless `complete`, folders may be missing.
 */
export async function checkWorkspace(workspace: Workspace, complete = true): Promise<void> {
  const { root, source, build, dest, home, tmp, sysroot, tools } = workspace;
  const folders = [source, build, dest, home, tmp, sysroot, tools].map((path) => basename(path));
  const entries = new Map(
    (await readdir(root, { withFileTypes: true })).map((entry) => [entry.name, entry]),
  );
  const lost = folders.find((name) =>
    entries.has(name) ? !entries.get(name)!.isDirectory() : complete,
  );
  const foreign = [...entries.values()].find((entry) => !entry.isDirectory() && !entry.isFile());
  const name = lost ?? foreign?.name;
  if (name === undefined) return;
  throw new UserError({
    id: 'unit.replaced-folder',
    message: `the build replaced its folder ${name} with something else, or put a link or device beside it`,
    help: 'let it keep these folders as they are: source, build, dest, home and tmp',
  });
}

/** Whether a path below `root` exists and no part of it is a link, which could lead outside. */
export async function isInside(root: string, path: string): Promise<boolean> {
  let at = root;
  for (const step of path.split('/')) {
    at = join(at, step);
    const stats = await lstat(at).catch(() => undefined);
    if (!stats || stats.isSymbolicLink()) return false;
  }
  return true;
}

/**
 * Removes a workspace. The command rm does most of it, in a fraction of the time that Node takes and
 * outside of this process. It leaves folders that their owner may not write to, and what a leftover
 * command of a killed run is still writing.
 */
export async function removeTree(root: string): Promise<void> {
  if (!existsSync(root)) return;
  await execa('rm', ['-rf', '--', root], { reject: false, stdio: 'ignore' });
  if (!existsSync(root)) return;
  await execa('chmod', ['-R', 'u+rwX', '--', root], { reject: false, stdio: 'ignore' });
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
}
