import { execa } from 'execa';
import { canonicalJson, sha256, sha256File } from '../util/hash.js';
import { cleanEnvironment, findHostCompiler } from './host-compiler.js';
import { readTemplates } from './template.js';
import type { BuiltToolchain, ToolchainArchitecture } from './toolchain.js';

/** Raised when the code that writes a prefix or probes facts changes what comes out. */
const prefixFormat = 1;

/**
 * Hash of all that the compiler side of a toolchain lets into outputs: the description, the wrappers
 * and specs, and the distro's compiler and binutils behind them. The sysroot's parts are not in it;
 * they are units with keys of their own. Throws UserError when the compiler is not installed.
 */
export async function toolchainIdentity(
  toolchain: BuiltToolchain,
  architecture: ToolchainArchitecture,
): Promise<string> {
  const host = await findHostCompiler(toolchain, architecture);
  // GCC's own text names its version, the distro's revision of it and how it was configured; cc1
  // itself has tens of megabytes, too many to read for each plan. binutils name no revision.
  const { stderr: version } = await execa(host.gcc, ['-v'], {
    env: cleanEnvironment,
    extendEnv: false,
  });
  const files = [
    host.gcc,
    ...['ar', 'as', 'ld', 'objcopy', 'ranlib', 'strip'].map((name) => host.tools[name]!),
    `${host.libgccDir}/libgcc.a`,
    `${host.libgccDir}/libgcc_eh.a`,
  ];
  return sha256(
    canonicalJson({
      prefixFormat,
      name: toolchain.name,
      compilerPrefix: toolchain.compilerPrefix,
      architecture,
      templates: [...readTemplates(toolchain.filesDirs)],
      // The paths are written into the wrappers.
      host,
      version,
      files: await Promise.all(files.map(sha256File)),
    }),
  );
}
