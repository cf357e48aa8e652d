import { execa } from 'execa';
import { canonicalJson, sha256, sha256File } from '../util/hash.js';
import { cleanEnvironment, type DistroCompiler, findDistroCompiler } from './distro-compiler.js';
import { readTemplates, templateFile } from './fill-template.js';
import type { BuiltToolchain, ToolchainArchitecture } from './toolchain.js';

/** Raised when the code that writes a prefix changes what comes out. */
export const prefixFormat = 3;

/** What identifies a toolchain, by name; the values are short texts or hashes. */
export type ToolchainParts = Readonly<Record<string, string>>;

/**
 * All that the compiler side of a toolchain lets into outputs: the description, the wrappers and
 * specs, and the distro's compiler and binutils behind them. The sysroot's parts are not in it; they
 * are units with keys of their own. Throws UserError when the compiler is not installed.
 */
export async function toolchainParts(
  toolchain: BuiltToolchain,
  architecture: ToolchainArchitecture,
): Promise<ToolchainParts> {
  const host = await findDistroCompiler(toolchain, architecture);
  // GCC's own text names its version, the distro's revision of it and how it was configured; cc1
  // itself has tens of megabytes, too many to read for each plan. binutils name no revision.
  const { stderr } = await execa(host.gcc, ['-v'], { env: cleanEnvironment, extendEnv: false });
  const version = /^gcc version .*$/m.exec(stderr)?.[0] ?? 'gcc of an unknown version';
  const hashes = async (files: readonly string[]) =>
    sha256(canonicalJson(await Promise.all(files.map(sha256File)))).slice(0, 16);
  const { compilerFlags, assemblerFlags, linkerFormat, ...names } = architecture;
  return {
    name: toolchain.name,
    architecture: canonicalJson(names),
    compiler: `${version}, configured as ${sha256(stderr).slice(0, 16)}, ${await hashes(compilerFiles(host))}`,
    binutils: await hashes(binutilsFiles(host)),
    // They are written into the wrappers.
    'paths of the compiler': canonicalJson(host),
    'compiler flags': compilerFlags.join(' '),
    'assembler flags': assemblerFlags.join(' '),
    'output format': linkerFormat,
    ...Object.fromEntries(
      [...readTemplates(toolchain.filesDirs)].map(([path, text]) => [`file ${path}`, sha256(text)]),
    ),
    'format of the prefix': String(prefixFormat),
  };
}

/** The parts as one hash: the name of a prefix that was written from them. */
export async function toolchainIdentity(
  toolchain: BuiltToolchain,
  architecture: ToolchainArchitecture,
): Promise<string> {
  return sha256(canonicalJson(await toolchainParts(toolchain, architecture)));
}

/** The files of which `toolchainParts` tells, and nothing else can change what it tells. */
export async function toolchainInputs(
  toolchain: BuiltToolchain,
  architecture: ToolchainArchitecture,
): Promise<string[]> {
  const host = await findDistroCompiler(toolchain, architecture);
  return [
    ...compilerFiles(host),
    host.cpp,
    host.dir,
    host.pkgConfig,
    ...Object.values(host.tools),
    // By this name the compiler is found, which then is one of some version.
    `/usr/bin/${toolchain.compilerPrefix}gcc`,
    `/usr/bin/${toolchain.compilerPrefix}cpp`,
    toolchain.file,
    ...toolchain.filesDirs,
    ...toolchain.filesDirs.map((dir) => `${dir}/bin`),
    ...[...readTemplates(toolchain.filesDirs).keys()].map((path) =>
      templateFile(toolchain.filesDirs, path),
    ),
  ];
}

const compilerFiles = (host: DistroCompiler) => [
  host.gcc,
  `${host.libgccDir}/libgcc.a`,
  `${host.libgccDir}/libgcc_eh.a`,
];

const binutilsFiles = (host: DistroCompiler) =>
  ['ar', 'as', 'ld', 'objcopy', 'ranlib', 'strip'].map((name) => host.tools[name]!);
