/** Reads and evaluates one `toolchain.yaml`. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { fromTable, keptTable } from '../util/kept-table.js';
import type { Memo, MemoTable } from '../util/memo.js';
import { suggestion } from '../util/suggest.js';
import { parseWith } from '../yaml/check-schema.js';
import { readYamlFile, unparsedYamlFile, type YamlFile } from '../yaml/yaml-file.js';
import type { ToolchainArchitecture, ToolchainDescription } from './toolchain-description.js';
import { toolchainFile, toolchainSchema, type WrittenToolchain } from './toolchain-schema.js';

/** Descriptions as written, by file, that earlier runs have read. One with a mistake is never kept. */
export type KeptToolchains = MemoTable<WrittenToolchain>;

export const keptToolchains = (memo: Memo): KeptToolchains =>
  keptTable(memo, 'toolchains', import.meta.url);

/**
 * Reads one `toolchain.yaml`; throws UserError with everything that is wrong in it. `files` are those of
 * all toolchains, one of which it may extend.
 */
export function readDescription(
  file: string,
  files: readonly string[],
  kept?: KeptToolchains,
): ToolchainDescription {
  const written = fromTable(kept, file, () =>
    parseWith(toolchainSchema, toolchainFile, readYamlFile(file)),
  );
  // Spans are needed for what is wrong only.
  const yaml = unparsedYamlFile(file, written);
  const base = written.kind === 'built' ? written.extends : undefined;
  const others = new Map(files.map((each) => [basename(dirname(each)), dirname(each)]));
  others.delete(written.name);
  if (base !== undefined && !others.has(base)) {
    throw new UserError({
      id: 'toolchain.unknown-name',
      message: `there is no other toolchain '${base}'`,
      span: yaml.span(['extends']),
      help: suggestion(base, [...others.keys()], 'toolchains'),
    });
  }
  const dirs = [dirname(file), ...(base === undefined ? [] : [others.get(base)!])];
  const diagnostics = check(yaml, written, dirs);
  if (diagnostics.length > 0) throw new UserError(diagnostics);
  return evaluate(file, written, dirs);
}

/** `dirs` are the folders in which its recipes may be. */
function check(yaml: YamlFile, written: WrittenToolchain, dirs: readonly string[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const folder = basename(dirname(yaml.file));
  if (written.name !== folder) {
    diagnostics.push({
      id: 'toolchain.name-mismatch',
      message: `the toolchain is called '${written.name}', but its folder is called '${folder}'`,
      span: yaml.span(['name']),
      help: 'give both the same name',
    });
  }
  if (Object.keys(written.architectures).length === 0) {
    diagnostics.push({
      id: 'toolchain.no-architecture',
      message: 'the toolchain has no architecture',
      span: yaml.span(['architectures'], 'key'),
    });
  }
  for (const [name, each] of Object.entries(written.architectures)) {
    if ((each['cpu-family'] === 'x86_64') !== (each.bits === 64)) {
      diagnostics.push({
        id: 'toolchain.wrong-bits',
        message: `the processor family ${each['cpu-family']} does not have ${each.bits} bits`,
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
      const also = written.extends ? ` and from that of ${written.extends}` : '';
      diagnostics.push({
        id: 'toolchain.missing-recipe',
        message: `recipes/${recipe}.yaml is missing from the toolchain's folder${also}`,
        span: yaml.span(path),
      });
    }
  }
  return diagnostics;
}

function evaluate(
  file: string,
  written: WrittenToolchain,
  dirs: readonly string[],
): ToolchainDescription {
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
      architectures: Object.entries(written.architectures).map(([name, each]) =>
        common(name, each),
      ),
    };
  }
  return {
    ...base,
    kind: 'built',
    extends: written.extends,
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

function common(
  name: string,
  written: Pick<WrittenToolchain['architectures'][string], 'triple' | 'cpu-family' | 'bits'>,
): ToolchainArchitecture {
  return {
    name,
    triple: written.triple,
    cpu: written.triple.slice(0, written.triple.indexOf('-')),
    cpuFamily: written['cpu-family'],
    bits: written.bits,
  };
}
