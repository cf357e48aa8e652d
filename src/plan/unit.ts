import type { UnitName } from '../events.js';
import type { BuildSystem } from '../recipe/build-system.js';
import type { Recipe } from '../recipe/recipe.js';
import type { BuiltToolchain, ToolchainArchitecture } from '../toolchain/toolchain.js';

/** Units of kind `tool` are for the machine that builds; dpkg's word for that architecture. */
export const NATIVE = 'native';

/** One recipe for one architecture under one toolchain. */
export interface Unit {
  name: UnitName;
  recipe: Recipe;
  architecture: string;
  /** Absent for tools, which the build machine's own compiler builds. */
  toolchain?: { description: BuiltToolchain; architecture: ToolchainArchitecture };
  /** Absent for images, which stubforge itself packs. */
  buildSystem?: BuildSystem;
  /** The units of the recipe's own `needs`, the program of an image, and so on. */
  needs: readonly UnitName[];
  /** The toolchain's own units: headers, libc, kernel. Empty for tools and for these themselves. */
  toolchainUnits: readonly UnitName[];
  /** All units whose outputs make up its sysroot besides the toolchain's: `needs` and theirs. */
  sees: readonly UnitName[];
}

/** Direct dependencies: all that must be finished before the unit can start. */
export function dependencies(unit: Unit): readonly UnitName[] {
  return [...unit.toolchainUnits, ...unit.needs];
}

/** The name of a unit. */
export function unitName(recipe: string, architecture: string): UnitName {
  return `${recipe}:${architecture}`;
}

/** A unit's name as a file name. */
export function unitFileName(name: UnitName): string {
  return name.replace(':', '_');
}
