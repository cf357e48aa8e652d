/** Finds what provides that which a failed unit lacks, and the line to write in its recipe. */
import type { BuiltUnit } from '../../plan/unit.js';
import type { BuildSite } from '../engine.js';
import type { BuildPaths } from '../environment/build-paths.js';
import type { Workspace } from '../unit/workspace.js';
import type { Adviser } from './advice.js';
import { buildFileAdvice } from './build-file-advice.js';
import { commandAdvice, compilerAdvice } from './command-advice.js';
import { providerAdvice } from './provider-advice.js';

/** The adviser for one unit's build. */
export function adviserFor(
  site: BuildSite,
  unit: BuiltUnit,
  workspace: Workspace,
  paths: BuildPaths,
): Adviser {
  return async (kind, name) => {
    switch (kind) {
      case 'command':
        return commandAdvice(unit, name, workspace, paths);
      case 'compiler':
        return compilerAdvice(unit, name);
      case 'build-file':
        return buildFileAdvice(unit, name, workspace);
      default:
        return providerAdvice(site, unit, kind, name);
    }
  };
}
