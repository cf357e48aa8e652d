/** Finds and loads the toolchains of a project. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../project/project.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { AdoptedToolchain } from './adopted/adopted-toolchain.js';
import { BuiltToolchain } from './built/built-toolchain.js';
import { type KeptToolchains, readDescription } from './read-description.js';
import type { Toolchain } from './toolchain.js';
import type { ToolchainDescription } from './toolchain-description.js';

/**
 * All toolchains of the project, by name; one in an earlier folder hides one of the same name in a
 * later folder. Whoever hands in `kept` saves it. Throws one UserError with everything that is wrong in any
 * file.
 */
export function loadToolchains(
  project: Pick<Project, 'toolchainDirs'>,
  kept?: KeptToolchains,
): Toolchain[] {
  const toolchains = new Map<string, Toolchain>();
  const diagnostics: Diagnostic[] = [];
  const files = toolchainFiles(project);
  for (const file of files) {
    try {
      const toolchain = loadToolchain(file, files, kept);
      toolchains.set(toolchain.description.name, toolchain);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      diagnostics.push(...error.diagnostics);
    }
  }
  if (diagnostics.length > 0) throw new UserError(diagnostics);
  const found = [...toolchains.values()].sort((a, b) =>
    a.description.name < b.description.name ? -1 : 1,
  );
  const descriptions = found.map((each) => each.description);
  const clashes = [...clashingTriples(descriptions), ...badExtensions(descriptions)];
  if (clashes.length > 0) throw new UserError(clashes);
  return found;
}

/** Loads one `toolchain.yaml`; `files` are those of all toolchains. Throws UserError. */
export function loadToolchain(
  file: string,
  files: readonly string[] = [],
  kept?: KeptToolchains,
): Toolchain {
  return toolchainOf(readDescription(file, files, kept));
}

/** The toolchain of a description. */
export function toolchainOf(description: ToolchainDescription): Toolchain {
  return description.kind === 'built'
    ? new BuiltToolchain(description)
    : new AdoptedToolchain(description);
}

/** The files `<folder>/<name>/toolchain.yaml` that count: the first of each name. */
export function toolchainFiles(project: Pick<Project, 'toolchainDirs'>): string[] {
  const files = new Map<string, string>();
  for (const dir of project.toolchainDirs) {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const file = join(dir, entry.name, 'toolchain.yaml');
      if (!files.has(entry.name) && existsSync(file)) files.set(entry.name, file);
    }
  }
  return [...files.values()];
}

/** One ABI, one triple: with one triple for two architectures, their objects would be mixed. */
function clashingTriples(toolchains: readonly ToolchainDescription[]): Diagnostic[] {
  const owners = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const toolchain of toolchains) {
    for (const architecture of toolchain.architectures) {
      const owner = `${architecture.name} of ${toolchain.name}`;
      const other = owners.get(architecture.triple);
      if (other !== undefined) {
        diagnostics.push({
          id: 'toolchain.repeated-triple',
          message: `the triple ${architecture.triple} belongs to both ${other} and ${owner}`,
          span: { file: toolchain.file, field: `architectures.${architecture.name}.triple` },
          help: 'give each a triple of its own: objects of different toolchains must never mix',
        });
      }
      owners.set(architecture.triple, owner);
    }
  }
  return diagnostics;
}

/** A toolchain can only be extended if it is complete by itself, so files are never searched in a chain. */
function badExtensions(toolchains: readonly ToolchainDescription[]): Diagnostic[] {
  return toolchains.flatMap((toolchain) => {
    if (toolchain.kind !== 'built' || toolchain.extends === undefined) return [];
    const base = toolchains.find((each) => each.name === toolchain.extends)!;
    if (base.kind === 'built' && base.extends === undefined) return [];
    return {
      id: 'toolchain.bad-extends',
      message:
        base.kind === 'built'
          ? `cannot extend the toolchain ${base.name}, which itself extends ${base.extends}`
          : `cannot extend the toolchain ${base.name}, which is adopted and has no files`,
      span: { file: toolchain.file, field: 'extends' },
      help: 'name a toolchain that is built from its own files',
    };
  });
}
