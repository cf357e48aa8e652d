/** What distinguishes one built toolchain from another, and the files that it depends on. */
import { execa } from 'execa';
import { cleanEnvironment } from '../../machine/find-program.js';
import { canonicalJson, sha256, sha256File } from '../../util/hash.js';
import type { ToolchainParts } from '../toolchain.js';
import type { BuiltArchitecture, BuiltDescription } from '../toolchain-description.js';
import type { DistroCompiler } from './distro-compiler.js';
import { foldersIn, readTemplates, templateFile } from './fill-template.js';

/** Raised when the code that writes a prefix changes what comes out. */
export const prefixFormat = 3;

/** The description, the wrappers and specs, and the distro's compiler and binutils behind them. */
export async function compilerParts(
  description: BuiltDescription,
  architecture: BuiltArchitecture,
  distro: DistroCompiler,
): Promise<ToolchainParts> {
  // GCC's own text names its version, the distro's revision of it and how it was configured; cc1
  // itself has tens of megabytes, too many to read for each plan. binutils name no revision.
  const { stderr } = await execa(distro.gcc, ['-v'], { env: cleanEnvironment, extendEnv: false });
  const version = /^gcc version .*$/m.exec(stderr)?.[0] ?? 'gcc of an unknown version';
  const hashes = async (files: readonly string[]) =>
    sha256(canonicalJson(await Promise.all(files.map(sha256File)))).slice(0, 16);
  const { compilerFlags, assemblerFlags, linkerFormat, ...names } = architecture;
  return {
    name: description.name,
    architecture: canonicalJson(names),
    compiler: `${version}, configured as ${sha256(stderr).slice(0, 16)}, ${await hashes(compilerFiles(distro))}`,
    binutils: await hashes(binutilsFiles(distro)),
    // They are written into the wrappers.
    'paths of the compiler': canonicalJson(distro),
    'compiler flags': compilerFlags.join(' '),
    'assembler flags': assemblerFlags.join(' '),
    'output format': linkerFormat,
    ...Object.fromEntries(
      [...readTemplates(description.filesDirs)].map(([path, text]) => [
        `file ${path}`,
        sha256(text),
      ]),
    ),
    'format of the prefix': String(prefixFormat),
  };
}

/** The files and folders that `compilerParts` depends on; nothing else can change it. */
export function compilerInputs(description: BuiltDescription, distro: DistroCompiler): string[] {
  const { filesDirs } = description;
  const templates = [...readTemplates(filesDirs).keys()];
  return [
    ...compilerFiles(distro),
    distro.cpp,
    distro.dir,
    distro.pkgConfig,
    ...Object.values(distro.tools),
    // The compiler is found by this name, a link to one of some version.
    `/usr/bin/${description.compilerPrefix}gcc`,
    `/usr/bin/${description.compilerPrefix}cpp`,
    description.file,
    ...filesDirs.flatMap((dir) => [dir, ...foldersIn(dir)]),
    ...templates.map((path) => templateFile(filesDirs, path)),
  ];
}

const compilerFiles = (distro: DistroCompiler) => [
  distro.gcc,
  `${distro.libgccDir}/libgcc.a`,
  `${distro.libgccDir}/libgcc_eh.a`,
];

const binutilsFiles = (distro: DistroCompiler) =>
  ['ar', 'as', 'ld', 'objcopy', 'ranlib', 'strip'].map((name) => distro.tools[name]!);
