import type { UnitId, UnitName } from '../events/unit-id.js';
import type { BuildSystem } from '../recipe/build-system.js';
import type { ArtifactRecipe, BuiltRecipe } from '../recipe/recipe.js';
import type { TargetToolchain } from '../toolchain/toolchain.js';

interface UnitBase {
  id: UnitId;
  /** Its `id` as text. */
  name: UnitName;
  architecture: string;
  /** The units of the recipes that its own needs, or is made of. */
  needs: readonly UnitName[];
  /** All units whose outputs it sees besides the toolchain's: `needs` and theirs. */
  sees: readonly UnitName[];
}

/** A recipe that a build system builds, for one architecture under one toolchain. */
export interface BuiltUnit extends UnitBase {
  recipe: BuiltRecipe;
  buildSystem: BuildSystem;
  /** Absent for tools, which the build machine's own compiler builds. */
  toolchain?: TargetToolchain;
  /**
   * The toolchain's own units in its sysroot: headers, libc, and the kernel, or for a library only
   * what stands for the kernel. Empty for tools and for these units themselves.
   */
  toolchainUnits: readonly UnitName[];
  /** The toolchain's units over which its prefix is written; a library sees no others. */
  prefixUnits: readonly UnitName[];
  /** The unit with the toolchain's answers, where a phase takes some of these in. */
  answersUnit?: UnitName;
}

/** An artifact for one architecture, which stubforge itself makes of the outputs of others. */
export interface ArtifactUnit extends UnitBase {
  recipe: ArtifactRecipe;
}

export type Unit = BuiltUnit | ArtifactUnit;

export function isBuiltUnit(unit: Unit): unit is BuiltUnit {
  return 'buildSystem' in unit;
}

/** Direct dependencies: all that must be finished before the unit can start. */
export function dependencies(unit: Dependent): readonly UnitName[] {
  return [...new Set([...unitsOfToolchain(unit), ...unit.needs])];
}

/** All units whose outputs can reach its own: each stands in its key by content. */
export function visibleUnits(unit: Unit): readonly UnitName[] {
  return [...new Set([...unitsOfToolchain(unit), ...unit.sees])];
}

/** What a unit depends on, as far as `dependencies` looks at it. */
export type Dependent = Pick<Unit, 'needs'> &
  Partial<Pick<BuiltUnit, 'prefixUnits' | 'toolchainUnits' | 'answersUnit'>>;

function unitsOfToolchain({
  prefixUnits = [],
  toolchainUnits = [],
  answersUnit,
}: Dependent): readonly UnitName[] {
  return [...prefixUnits, ...toolchainUnits, ...(answersUnit === undefined ? [] : [answersUnit])];
}
