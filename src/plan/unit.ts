import type { UnitId, UnitName } from '../events/unit-id.js';
import type { BuildSystem } from '../recipe/build-system.js';
import type { Recipe } from '../recipe/recipe.js';
import type { BuiltToolchain, ToolchainArchitecture } from '../toolchain/toolchain.js';

/** One recipe for one architecture under one toolchain. */
export interface Unit {
  id: UnitId;
  /** Its `id` as text. */
  name: UnitName;
  recipe: Recipe;
  architecture: string;
  /** Absent for tools, which the build machine's own compiler builds. */
  toolchain?: { description: BuiltToolchain; architecture: ToolchainArchitecture };
  /** Absent for images, which stubforge itself packs. */
  buildSystem?: BuildSystem;
  /** The units of the recipe's own `needs`, the program of an image, and so on. */
  needs: readonly UnitName[];
  /**
   * The toolchain's own units in its sysroot: headers, libc, and the kernel, or for a library only
   * what stands for the kernel. Empty for tools, images and these units themselves.
   */
  toolchainUnits: readonly UnitName[];
  /** The toolchain's units over which its prefix is written; a library sees no others. */
  prefixUnits: readonly UnitName[];
  /** The unit with the toolchain's answers, where a phase takes some of these in. */
  answersUnit?: UnitName;
  /** All units whose outputs make up its sysroot besides the toolchain's: `needs` and theirs. */
  sees: readonly UnitName[];
}

/** Direct dependencies: all that must be finished before the unit can start. */
export function dependencies(
  unit: Pick<Unit, 'prefixUnits' | 'toolchainUnits' | 'answersUnit' | 'needs'>,
): readonly UnitName[] {
  return [...new Set([...unitsOfToolchain(unit), ...unit.needs])];
}

/** All units whose outputs can reach its own: each stands in its key by content. */
export function visibleUnits(unit: Unit): readonly UnitName[] {
  return [...new Set([...unitsOfToolchain(unit), ...unit.sees])];
}

function unitsOfToolchain({
  prefixUnits,
  toolchainUnits,
  answersUnit,
}: Pick<Unit, 'prefixUnits' | 'toolchainUnits' | 'answersUnit'>): readonly UnitName[] {
  return [...prefixUnits, ...toolchainUnits, ...(answersUnit === undefined ? [] : [answersUnit])];
}
