import { join } from 'node:path';
import type { UnitName } from '../events.js';
import { unitFileName } from '../plan/unit.js';
import type { Project } from '../project.js';

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
export function workspaceOf(project: Project, unit: UnitName): Workspace {
  const root = join(project.stateDir, 'build', unitFileName(unit));
  return {
    root,
    source: join(root, 'source'),
    build: join(root, 'build'),
    dest: join(root, 'dest'),
    sysroot: join(root, 'sysroot'),
    tools: join(root, 'tools'),
    home: join(root, 'home'),
    tmp: join(root, 'tmp'),
    log: join(project.stateDir, 'logs', `${unitFileName(unit)}.log`),
  };
}
