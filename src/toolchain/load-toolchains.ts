/** Finds and evaluates the toolchains of a project. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Project } from '../project/project.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import { parseWith, readYamlFile, type YamlFile } from '../yaml/yaml-file.js';
import type { ArchitectureName, Toolchain } from './toolchain.js';
import { toolchainSchema, type WrittenToolchain } from './toolchain-schema.js';

/**
 * All toolchains of the project, by name; one in an earlier folder hides one of the same name in a
 * later folder. Throws one UserError with the problems of all files.
 */
export function loadToolchains(project: Pick<Project, 'toolchainDirs'>): Toolchain[] {
  const toolchains = new Map<string, Toolchain>();
  const diagnostics: Diagnostic[] = [];
  const files = toolchainFiles(project);
  for (const file of files) {
    try {
      const toolchain = loadToolchain(file, files);
      toolchains.set(toolchain.name, toolchain);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      diagnostics.push(...error.diagnostics);
    }
  }
  if (diagnostics.length > 0) throw new UserError(diagnostics);
  const found = [...toolchains.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const clashes = [...clashingNames(found), ...badLikenesses(found)];
  if (clashes.length > 0) throw new UserError(clashes);
  return found;
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

/**
 * Reads one `toolchain.yaml`; throws UserError with all of its problems. `files` are those of all
 * toolchains, of which it may be like another.
 */
export function loadToolchain(file: string, files: readonly string[] = []): Toolchain {
  const yaml = readYamlFile(file);
  const written = parseWith(toolchainSchema, yaml);
  const like = written.kind === 'built' ? written.like : undefined;
  const others = new Map(files.map((each) => [basename(dirname(each)), dirname(each)]));
  others.delete(written.name);
  if (like !== undefined && !others.has(like)) {
    throw new UserError({
      message: `there is no other toolchain '${like}'`,
      span: yaml.span(['like']),
      help: suggestion(like, [...others.keys()], 'toolchains'),
    });
  }
  const dirs = [dirname(file), ...(like === undefined ? [] : [others.get(like)!])];
  const diagnostics = checkPlaces(yaml, written, dirs);
  if (diagnostics.length > 0) throw new UserError(diagnostics);
  return evaluate(file, written, dirs);
}

/**
 * The toolchain of an architecture: the one named, else the one that has it; of several the one
 * that is built here. Throws UserError with a suggestion when there is none.
 */
export function findToolchain(
  toolchains: readonly Toolchain[],
  architecture: ArchitectureName,
  name?: string,
): Toolchain {
  const candidates = name === undefined ? toolchains : [toolchainNamed(toolchains, name)];
  const found = candidates.filter((each) =>
    each.architectures.some((other) => other.name === architecture),
  );
  const best = found.find((each) => each.kind === 'built') ?? found[0];
  if (best) return best;
  const names = candidates.flatMap((each) => each.architectures.map(({ name }) => name));
  throw new UserError(
    {
      message:
        name === undefined
          ? `no toolchain has the architecture '${architecture}'`
          : `the toolchain ${name} does not have the architecture '${architecture}'`,
      help: suggestion(architecture, names, 'architectures'),
    },
    2,
  );
}

/** Throws UserError with a suggestion for an unknown name. */
export function toolchainNamed(toolchains: readonly Toolchain[], name: string): Toolchain {
  const found = toolchains.find((each) => each.name === name);
  if (found) return found;
  const names = toolchains.map((each) => each.name);
  throw new UserError(
    { message: `there is no toolchain '${name}'`, help: suggestion(name, names, 'toolchains') },
    2,
  );
}

/** `dirs` are the folders in which its recipes may be. */
function checkPlaces(
  yaml: YamlFile,
  written: WrittenToolchain,
  dirs: readonly string[],
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const folder = basename(dirname(yaml.file));
  if (written.name !== folder) {
    diagnostics.push({
      message: `the toolchain is named '${written.name}', but its folder '${folder}'`,
      span: yaml.span(['name']),
      help: 'give both the same name',
    });
  }
  if (Object.keys(written.architectures).length === 0) {
    diagnostics.push({
      message: 'the toolchain has no architecture',
      span: yaml.span(['architectures'], 'key'),
    });
  }
  for (const [name, each] of Object.entries(written.architectures)) {
    if ((each['cpu-family'] === 'x86_64') !== (each.bits === 64)) {
      diagnostics.push({
        message: `${each['cpu-family']} does not go with ${each.bits} bits`,
        span: yaml.span(['architectures', name, 'bits']),
      });
    }
  }
  if (written.kind !== 'built') return diagnostics;
  const named = [
    ...written.sysroot.map((recipe, index) => ({ recipe, path: ['sysroot', index] })),
    ...(written['library-sysroot'] ?? []).map((recipe, index) => ({
      recipe,
      path: ['library-sysroot', index],
    })),
    ...(written.answers === undefined ? [] : [{ recipe: written.answers, path: ['answers'] }]),
  ];
  for (const { recipe, path } of named) {
    if (!dirs.some((dir) => existsSync(join(dir, 'recipes', `${recipe}.yaml`)))) {
      const where = written.like
        ? `neither its folder nor that of ${written.like} has`
        : "the toolchain's folder has no";
      diagnostics.push({
        message: `${where} recipes/${recipe}.yaml`,
        span: yaml.span(path),
      });
    }
  }
  return diagnostics;
}

function evaluate(file: string, written: WrittenToolchain, dirs: readonly string[]): Toolchain {
  const base = {
    name: written.name,
    summary: written.summary,
    file,
    operatingSystems: written['operating-systems'],
  };
  if (written.kind === 'adopted') {
    return {
      ...base,
      kind: 'adopted',
      prefixes: written.prefixes.map((each) => each.replace(/^~/, homedir())),
      architectures: Object.entries(written.architectures).map(([name, each]) => ({
        ...common(name, each),
        compilerFlags: [],
        assemblerFlags: [],
        linkerFormat: '',
      })),
    };
  }
  return {
    ...base,
    kind: 'built',
    like: written.like,
    compilerPrefix: written.compiler,
    sysroot: written.sysroot,
    librarySysroot: written['library-sysroot'] ?? written.sysroot,
    answers: written.answers,
    recipeDirs: dirs.map((dir) => join(dir, 'recipes')).filter((dir) => existsSync(dir)),
    filesDirs: dirs.map((dir) => join(dir, 'files')).filter((dir) => existsSync(dir)),
    architectures: Object.entries(written.architectures).map(([name, each]) => ({
      ...common(name, each),
      compilerFlags: [...written.flags, ...each.flags],
      assemblerFlags: each.assembler,
      linkerFormat: each.linker,
    })),
  };
}

const common = (name: string, written: { triple: string; 'cpu-family': string; bits: number }) => ({
  name,
  triple: written.triple,
  cpu: written.triple.slice(0, written.triple.indexOf('-')),
  cpuFamily: written['cpu-family'],
  bits: written.bits,
});

/** One ABI, one triple: two architectures under one triple would mix objects of both. */
function clashingNames(toolchains: readonly Toolchain[]): Diagnostic[] {
  const owners = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const toolchain of toolchains) {
    for (const architecture of toolchain.architectures) {
      const owner = `${architecture.name} of ${toolchain.name}`;
      const other = owners.get(architecture.triple);
      if (other !== undefined) {
        diagnostics.push({
          message: `the triple ${architecture.triple} belongs to ${other} and to ${owner}`,
          span: { file: toolchain.file, field: `architectures.${architecture.name}.triple` },
          help: 'give each its own: objects of different toolchains never mix',
        });
      }
      owners.set(architecture.triple, owner);
    }
  }
  return diagnostics;
}

/** What a toolchain takes over must be whole by itself, so that no file is looked for in a chain. */
function badLikenesses(toolchains: readonly Toolchain[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const toolchain of toolchains) {
    if (toolchain.kind !== 'built' || toolchain.like === undefined) continue;
    const other = toolchainNamed(toolchains, toolchain.like);
    if (other.kind === 'built' && other.like === undefined) continue;
    diagnostics.push({
      message:
        other.kind === 'built'
          ? `the toolchain ${other.name} is itself like ${other.like}`
          : `the toolchain ${other.name} is adopted and has no files to take`,
      span: { file: toolchain.file, field: 'like' },
      help: 'name a toolchain that is built from its own files',
    });
  }
  return diagnostics;
}
