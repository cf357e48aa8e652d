/**
 * A unit's build as plain data, which can be written to a file as JSON and run elsewhere: on a machine
 * that sees the same state folder, recipes and toolchains under the same paths.
 */
import type { UnitName } from '../../events/unit-id.js';
import type { Unit } from '../../plan/unit.js';
import type { Project } from '../../project/project.js';
import { recipeSources } from '../../recipe/recipe.js';
import type { SandboxKind } from '../../sandbox/sandbox.js';
import { type Lock, type LockedSource, lockedSourceOf } from '../../source/lock-file.js';
import { sourceId } from '../../source/source-spec.js';
import type { PhaseTime } from '../../store/store.js';
import type { Diagnostic } from '../../util/diagnostic.js';

/** What is known of a job before all that the unit needs is built: enough to make its source ready. */
export interface SourceJob {
  /**
   * The evaluated recipe with its limits, the build system and the toolchain; and which of the units
   * that it sees make up the prefix, the answers, the sysroot and the tools.
   */
  unit: Unit;
  /** The lock entry of its source by `sourceId`; none where the source names its own content. */
  locked: Record<string, LockedSource>;
  sandbox: SandboxKind;
  /** How many jobs a phase may run at once. */
  jobs: number;
  /** The workspace stays behind after a success, too. */
  keep: boolean;
  /** The state folder, absolute: the sources, the store and the workspaces are below it. */
  state: string;
}

/** All that decides what a unit comes out as. */
export interface UnitJob extends SourceJob {
  /** The output (content hash) of each unit that this one can see, by `Unit`'s names of them. */
  outputs: Record<UnitName, string>;
}

/** What became of a job; plain data, too. */
export type UnitResult =
  | {
      state: 'built';
      /** Under this content hash, the store of the job's state folder has what was installed. */
      output: string;
      /** Wall time without waiting for job tokens. */
      seconds: number;
      phases: PhaseTime[];
    }
  | { state: 'failed'; phase: string; diagnostics: Diagnostic[] };

/** The job of a unit. */
export function sourceJob(
  { project, lock, sandbox }: { project: Pick<Project, 'state'>; lock: Lock; sandbox: SandboxKind },
  unit: Unit,
  options: Pick<SourceJob, 'jobs' | 'keep'>,
): SourceJob {
  const locked: SourceJob['locked'] = {};
  for (const source of recipeSources(unit.recipe)) {
    const entry = lockedSourceOf(source, lock);
    if (entry) locked[sourceId(source)] = entry;
  }
  return { unit, locked, sandbox, ...options, state: project.state.root };
}

/** The lock as far as a job needs it. */
export function lockOf({ locked }: SourceJob): Lock {
  return { entries: new Map(Object.entries(locked)), own: new Map() };
}
