import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../util/diagnostic.js';
import { settings } from './settings.js';
import { StateLayout } from './state-layout.js';

/** Where stubforge finds its data and keeps its state. */
export interface Project {
  /** The user's project: the folder with `recipes/` or `stubforge.lock`. */
  root: string;
  /** Searched in this order for `*.yaml`; a recipe in an earlier folder hides a later one's. */
  recipeDirs: string[];
  toolchainDirs: string[];
  lockFile: string;
  /** Lock entries that came with stubforge itself; read when `lockFile` has no entry for a source. */
  builtinLockFile: string;
  /** Downloads, store, build trees and logs. */
  state: StateLayout;
}

/** The folder that holds stubforge's own `recipes/` and `toolchains/`. */
export const packageRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export interface ProjectOptions {
  /** Start looking for the project here; the current folder when absent. */
  directory?: string;
  /** Overrides `$STUBFORGE_HOME` and the cache folder of the XDG base directory specification. */
  stateDir?: string;
}

/**
 * Finds the project upwards from the current folder; outside of any, stubforge's own recipes are
 * the project, and the lock file is then looked for in the current folder.
 */
export function findProject(options: ProjectOptions = {}): Project {
  const start = resolve(options.directory ?? process.cwd());
  let root: string | undefined;
  for (let dir = start; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'stubforge.lock')) || existsSync(join(dir, 'recipes'))) {
      root = dir;
      break;
    }
    if (dir === dirname(dir)) break;
  }
  root ??= start;
  const withBuiltin = (name: string) =>
    [...new Set([join(root, name), join(packageRoot, name)])].filter((dir) => existsSync(dir));
  if (options.stateDir === '') {
    throw new UserError(
      {
        id: 'cli.empty-option',
        message: '--state names no folder: its value is empty',
        help: 'name one: --state DIR; or leave the option out for $STUBFORGE_HOME, else the XDG cache',
      },
      2,
    );
  }
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const stateDir = resolve(options.stateDir ?? settings.home ?? join(cache, 'stubforge'));
  if (!/^[A-Za-z0-9_@%+=,./~-]+$/.test(stateDir)) {
    throw new UserError({
      id: 'state.bad-path',
      message: `cannot build in '${stateDir}': make and configure scripts split paths at blanks and special characters`,
      help: 'choose another folder with --state or $STUBFORGE_HOME',
    });
  }
  requireFolder(stateDir);
  return {
    root,
    recipeDirs: withBuiltin('recipes'),
    toolchainDirs: withBuiltin('toolchains'),
    lockFile: join(root, 'stubforge.lock'),
    builtinLockFile: join(packageRoot, 'stubforge.lock'),
    state: new StateLayout(stateDir),
  };
}

/** Throws UserError where a file stands in the place of the state folder, or of one above it. */
function requireFolder(stateDir: string): void {
  let path = stateDir;
  while (!existsSync(path)) path = dirname(path);
  if (statSync(path).isDirectory()) return;
  throw new UserError({
    id: 'state.not-a-folder',
    message:
      path === stateDir
        ? `the state folder ${stateDir} is not a folder`
        : `the state folder ${stateDir} cannot be created: ${path} is not a folder`,
    help: 'name a folder, which need not exist yet: --state DIR, or $STUBFORGE_HOME',
  });
}
