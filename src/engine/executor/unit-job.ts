/**
 * The build of a unit as plain data. It can be written to a file as JSON and run elsewhere: by another
 * process, or on a machine that sees the state folder, recipes and toolchains under the same paths.
 */
import type { UnitName } from '../../events/unit-id.js';
import { type ArtifactUnit, type BuiltUnit, isBuiltUnit, type Unit } from '../../plan/unit.js';
import type { Project } from '../../project/project.js';
import { recipeSources } from '../../recipe/recipe.js';
import type { SandboxKind } from '../../sandbox/sandbox.js';
import { type Lock, type LockedSource, lockedSourceOf } from '../../source/lock-file.js';
import { sourceId } from '../../source/source-spec.js';
import type { PhaseTime } from '../../store/store.js';
import type { TargetToolchain } from '../../toolchain/toolchain.js';
import type {
  ArchitectureName,
  ToolchainDescription,
} from '../../toolchain/toolchain-description.js';
import type { Diagnostic } from '../../util/diagnostic.js';

/** A toolchain as data: that of the description, for one of its architectures. */
export interface TargetData {
  description: ToolchainDescription;
  architecture: ArchitectureName;
}

/** A unit as data. */
export type UnitData =
  | ArtifactUnit
  | (Omit<BuiltUnit, 'toolchain'> & { toolchain: TargetData | undefined });

/** What is known of a job before its dependencies are built: enough to unpack and patch the source. */
export interface SourceJob {
  /**
   * The evaluated recipe with its limits, the build system and the toolchain, and which of the units
   * that it sees make up the prefix, the answers, the sysroot and the tools.
   */
  unit: UnitData;
  /** The lock entries of its source, by `sourceId`; empty where the source names its own content. */
  locked: Record<string, LockedSource>;
  sandbox: SandboxKind;
  /** How many jobs a phase may run at once. */
  jobs: number;
  /** Whether the workspace stays after a success, too. */
  keep: boolean;
  /** The state folder, absolute: sources, store and workspaces are below it. */
  state: string;
}

/** A complete job: everything that determines the unit's output. */
export interface UnitJob extends SourceJob {
  /** The output (content hash) of each unit that this one sees, by the unit's name. */
  outputs: Record<UnitName, string>;
}

/** The result of a job; plain data, too. */
export type UnitResult =
  | {
      state: 'built';
      /** The content hash of what was installed; the store in the job's state folder has it. */
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
  return { unit: dataOf(unit), locked, sandbox, ...options, state: project.state.root };
}

function dataOf(unit: Unit): UnitData {
  if (!isBuiltUnit(unit)) return unit;
  const { toolchain } = unit;
  return {
    ...unit,
    toolchain: toolchain && {
      description: toolchain.description,
      architecture: toolchain.architecture.name,
    },
  };
}

/** The unit of a job; `targetOf` makes its toolchain of the data. */
export function unitOf({ unit }: SourceJob, targetOf: (data: TargetData) => TargetToolchain): Unit {
  if (!('buildSystem' in unit)) return unit;
  return { ...unit, toolchain: unit.toolchain && targetOf(unit.toolchain) };
}

/** The part of the lock file that a job needs. */
export function lockOf({ locked }: SourceJob): Lock {
  return { entries: new Map(Object.entries(locked)), own: new Map() };
}
