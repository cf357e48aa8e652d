/** Writes a toolchain as an ordinary prefix: commands under the triple, sysroot, files for builds. */
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../util/files.js';
import { binDir, filesDir, libgccDir, sysrootDir } from '../prefix-layout.js';
import type { BuiltArchitecture, BuiltDescription } from '../toolchain-description.js';
import { binutils, compilerTools, type DistroCompiler } from './distro-compiler.js';
import { fillTemplate, readTemplates, type TemplateValues } from './fill-template.js';
import { mergeTrees } from './merge-trees.js';

/**
 * Writes the prefix into `dir`, which is created if it does not exist; prefixes of several
 * architectures may share a folder. `trees` are the outputs of headers, libc and kernel, each with its
 * `usr/`; none for the bare stage. Nothing in it names the folder, so it can be moved. Throws
 * UserError when two trees contain different files of one name.
 */
export async function writePrefix(
  toolchain: BuiltDescription,
  architecture: BuiltArchitecture,
  distro: DistroCompiler,
  dir: string,
  trees: readonly string[],
): Promise<void> {
  const templates = readTemplates(toolchain.filesDirs);
  const template = (name: string) => {
    const text = templates.get(name);
    if (text !== undefined) return text;
    throw new Error(`the toolchain ${toolchain.name} has no file files/${name}`);
  };
  const values = templateValues(toolchain, architecture, distro);

  for (const command of commands(architecture, distro)) {
    const text = fillTemplate(template(`bin/${command.template}`), {
      ...values,
      ...command.values,
    });
    const path = join(binDir(dir), `${architecture.triple}-${command.name}`);
    await writeText(path, text, 0o755);
  }
  for (const name of ['gcc.specs', 'own-script.specs', 'meson-cross.ini', 'toolchain.cmake']) {
    const text = fillTemplate(template(name), values);
    await writeText(join(filesDir(dir, architecture), name), text, 0o644);
  }
  makeFolder(libgccDir(dir, architecture));
  for (const file of ['libgcc.a', 'libgcc_eh.a']) {
    await symlink(join(distro.libgccDir, file), join(libgccDir(dir, architecture), file));
  }
  await mergeTrees(trees, sysrootDir(dir, architecture));
}

function templateValues(
  toolchain: BuiltDescription,
  architecture: BuiltArchitecture,
  distro: DistroCompiler,
): TemplateValues {
  return {
    TOOLCHAIN: toolchain.name,
    ARCHITECTURE: architecture.name,
    TRIPLE: architecture.triple,
    CPU: architecture.cpu,
    CPU_FAMILY: architecture.cpuFamily,
    COMPILER_DIR: distro.dir,
    COMPILER_FLAGS: architecture.compilerFlags.join(' '),
    LINKER_FORMAT: architecture.linkerFormat,
    LINKER: distro.tools.ld!,
    PKG_CONFIG: distro.pkgConfig,
  };
}

interface Command {
  name: string;
  /** A file in the toolchain's `files/bin/`. */
  template: string;
  values: TemplateValues;
}

function commands(architecture: BuiltArchitecture, distro: DistroCompiler): Command[] {
  const driver = (name: string, path: string): Command => ({
    name,
    template: 'gcc',
    values: { TOOL: name, DRIVER: path, DRIVER_PACKAGE: packageOf(path) },
  });
  const tool = (name: string): Command => ({
    name,
    template: 'tool',
    values: {
      TOOL_PATH: distro.tools[name]!,
      TOOL_FLAGS: name === 'as' ? architecture.assemblerFlags.join(' ') : '',
    },
  });
  return [
    driver('gcc', distro.gcc),
    driver('cc', distro.gcc),
    driver('cpp', distro.cpp),
    ...binutils.filter((name) => name !== 'ld').map(tool),
    ...compilerTools.map(tool),
    { name: 'ld', template: 'ld', values: {} },
    { name: 'pkg-config', template: 'pkg-config', values: {} },
    { name: 'g++', template: 'no-compiler', values: {} },
    { name: 'c++', template: 'no-compiler', values: {} },
  ];
}

/** Debian names a compiler's package after its file: `x86_64-linux-gnu-gcc-12` is in gcc-12. */
function packageOf(path: string): string {
  return path.match(/(?:gcc|cpp)-[0-9]+$/)?.[0] ?? 'gcc';
}

async function writeText(path: string, text: string, mode: number): Promise<void> {
  makeFolder(dirname(path));
  await writeFile(path, text);
  // Not through writeFile's mode, to which the user's umask would apply.
  await chmod(path, mode);
}
