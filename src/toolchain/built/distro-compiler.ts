/** The distro's compiler and binutils behind a built toolchain. */
import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cleanEnvironment, distroCommand } from '../../machine/find-program.js';
import { type Diagnostic, UserError } from '../../util/diagnostic.js';
import type { ProgramVersion } from '../toolchain.js';
import type { BuiltArchitecture, BuiltDescription } from '../toolchain-description.js';

/** binutils that the prefix offers under the triple; `ar`, `nm` and `ranlib` once more as `gcc-*`. */
export const binutils = [
  'addr2line',
  'ar',
  'as',
  'ld',
  'nm',
  'objcopy',
  'objdump',
  'ranlib',
  'readelf',
  'size',
  'strings',
  'strip',
] as const;
export const compilerTools = ['gcc-ar', 'gcc-nm', 'gcc-ranlib'] as const;

export interface DistroCompiler {
  /** Absolute, with a version in its name where the distro has that: `…/x86_64-linux-gnu-gcc-12`. */
  gcc: string;
  cpp: string;
  /** GCC's own folder, which holds its headers in `include`. */
  dir: string;
  /** Where libgcc.a and libgcc_eh.a are for this architecture. */
  libgccDir: string;
  /** Absolute paths of `binutils` and `compilerTools` by name. */
  tools: Readonly<Record<string, string>>;
  pkgConfig: string;
}

/**
 * Finds everything that a prefix needs. Throws UserError that names every missing command and file and
 * the packages that contain them.
 */
export async function findDistroCompiler(
  toolchain: BuiltDescription,
  architecture: BuiltArchitecture,
): Promise<DistroCompiler> {
  const diagnostics: Diagnostic[] = [];
  const packages = packageNames(toolchain.compilerPrefix);
  const need = async (name: string, packageName: string, alternative?: string) => {
    const path =
      (await distroCommand(name)) ?? (alternative ? await distroCommand(alternative) : undefined);
    if (path !== undefined) return path;
    diagnostics.push({
      id: 'toolchain.missing-command',
      message: `the toolchain ${toolchain.name} needs the command ${name}, which is not installed`,
      help: `run: apt-get install ${packageName}`,
    });
    return '';
  };
  const prefix = toolchain.compilerPrefix;
  const gccLink = await need(`${prefix}gcc`, packages.compiler);
  const cppLink = await need(`${prefix}cpp`, packages.compiler);
  const tools: Record<string, string> = {};
  for (const tool of binutils) tools[tool] = await need(`${prefix}${tool}`, packages.binutils);
  for (const tool of compilerTools) tools[tool] = await need(`${prefix}${tool}`, packages.compiler);
  const pkgConfig = await need('pkgconf', 'pkgconf', 'pkg-config');
  if (diagnostics.length > 0) throw new UserError(diagnostics);

  const gcc = await realpath(gccLink);
  const flags = architecture.compilerFlags.filter((flag) => flag.startsWith('-m'));
  const libgcc = await ask(gcc, [...flags, '-print-libgcc-file-name']);
  const dir = await realpath(dirname(await ask(gcc, ['-print-file-name=include'])));
  const libgccDir = await realpath(dirname(libgcc)).catch(() => dirname(libgcc));
  for (const file of ['libgcc.a', 'libgcc_eh.a']) {
    const found = await access(join(libgccDir, file)).then(
      () => true,
      () => false,
    );
    // If the architecture's own folder is missing, GCC answers with that of the other width.
    if (found && (architecture.bits === 64 || libgccDir !== dir)) continue;
    const version = gcc.match(/gcc-([0-9]+)$/)?.[1];
    throw new UserError({
      id: 'toolchain.missing-libgcc',
      message: `the compiler's ${file} for ${architecture.name} is not installed`,
      help: `run: apt-get install ${packages.libgcc(architecture.bits, version ?? 'VERSION')}`,
    });
  }
  return { gcc, cpp: await realpath(cppLink), dir, libgccDir, tools, pkgConfig };
}

async function ask(program: string, words: string[]): Promise<string> {
  const { stdout } = await execa(program, words, { env: cleanEnvironment, extendEnv: false });
  return stdout.trim();
}

/** A program and its version. */
export async function programVersion(path: string): Promise<ProgramVersion> {
  return { path, version: (await ask(path, ['--version'])).split('\n')[0]! };
}

/** Debian's names: native packages on amd64, `-x86-64-linux-gnu` ones elsewhere. */
function packageNames(compilerPrefix: string) {
  const native = process.arch === 'x64' && compilerPrefix === 'x86_64-linux-gnu-';
  const suffix = native ? '' : `-${compilerPrefix.replaceAll('_', '-').slice(0, -1)}`;
  return {
    compiler: `gcc${suffix}`,
    binutils: `binutils${suffix}`,
    libgcc: (bits: number, version: string) =>
      bits === 32
        ? `lib32gcc-${version}-dev${native ? '' : '-amd64-cross'}`
        : `libgcc-${version}-dev${native ? '' : '-amd64-cross'}`,
  };
}
