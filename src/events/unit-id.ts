/** What a unit is called: one text for people, files and records, made and read in this file only. */

/** `<recipe>:<architecture>[@<toolchain>]`, as dpkg writes a package of a foreign architecture. */
export type UnitName = string;

/** One recipe for one architecture under one toolchain. */
export interface UnitId {
  recipe: string;
  /** A partial architecture, or `NATIVE`. */
  architecture: string;
  /** Absent for the toolchain that a project uses for the architecture when none is named. */
  toolchain?: string;
}

/** The architecture of tools, which are for the build machine; dpkg's word for it. */
export const NATIVE = 'native';

/** The name of a unit; `parseUnit` reads it back. */
export function formatUnit({ recipe, architecture, toolchain }: UnitId): UnitName {
  return `${recipe}:${architecture}${toolchain === undefined ? '' : `@${toolchain}`}`;
}

const unitPattern = /^([a-z0-9][a-z0-9+.-]*):([a-z0-9-]+)(?:@([a-z][a-z0-9-]*))?$/;

/** The unit that a text names; undefined when no unit is called that. */
export function readUnit(text: string): UnitId | undefined {
  const [, recipe, architecture, toolchain] = unitPattern.exec(text) ?? [];
  if (recipe === undefined || architecture === undefined) return undefined;
  return { recipe, architecture, ...(toolchain !== undefined && { toolchain }) };
}

/** The unit of a name that `formatUnit` made. Any other text is a defect. */
export function parseUnit(name: UnitName): UnitId {
  const id = readUnit(name);
  if (!id) throw new Error(`'${name}' is not the name of a unit`);
  return id;
}

/** A unit's name as a file name. */
export function unitFileName(name: UnitName): string {
  return name.replace(':', '_');
}

/** The unit whose `unitFileName` this is; undefined for the names of other files. */
export function unitOfFileName(file: string): UnitName | undefined {
  const name = file.replace('_', ':');
  return readUnit(name) && name;
}
