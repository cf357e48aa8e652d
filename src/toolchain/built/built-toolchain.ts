import { basename } from 'node:path';
import { driverCommands } from '../../machine/build-tools.js';
import { UserError } from '../../util/diagnostic.js';
import { canonicalJson, sha256 } from '../../util/hash.js';
import type { KeptFolders } from '../../util/kept-folders.js';
import { type EnvironmentOptions, targetEnvironment } from '../target-environment.js';
import type { SysrootOutput, TargetToolchain, Toolchain } from '../toolchain.js';
import type {
  ArchitectureName,
  BuiltArchitecture,
  BuiltDescription,
} from '../toolchain-description.js';
import { compilerInputs, compilerParts, prefixFormat } from './compiler-identity.js';
import { type DistroCompiler, findDistroCompiler, programVersion } from './distro-compiler.js';
import { writePrefix } from './write-prefix.js';

/** A toolchain that stubforge builds around the distro's compiler: wrappers, a libc and a kernel. */
export class BuiltToolchain implements Toolchain {
  constructor(readonly description: BuiltDescription) {}

  get buildable() {
    return this.description.architectures;
  }

  target(architecture: ArchitectureName): BuiltTarget {
    return new BuiltTarget(
      this.description,
      this.description.architectures.find((each) => each.name === architecture)!,
    );
  }

  async state(architecture: ArchitectureName) {
    try {
      const { gcc } = await this.target(architecture).compiler();
      return { usable: true, state: `around ${gcc}` };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const parts = error.diagnostics.flatMap(({ message, help }) =>
        help ? [message, help] : message,
      );
      return { usable: false, state: parts.join('; ') };
    }
  }

  describe(): string[] {
    const { compilerPrefix, sysroot, recipeDirs } = this.description;
    return [
      `compiler behind it: ${compilerPrefix}gcc of the distro`,
      `sysroot: ${sysroot.join(', ')} (recipes in ${recipeDirs.join(', ')})`,
    ];
  }

  describeArchitecture(architecture: ArchitectureName): string[] {
    const { compilerFlags } = this.target(architecture).architecture;
    return compilerFlags.length > 0 ? [`flags ${compilerFlags.join(' ')}`] : [];
  }
}

/** A built toolchain for one architecture. Looks for the distro's compiler once. */
export class BuiltTarget implements TargetToolchain {
  readonly format = prefixFormat;
  #compiler?: Promise<DistroCompiler>;

  constructor(
    readonly description: BuiltDescription,
    readonly architecture: BuiltArchitecture,
  ) {}

  get sysroot() {
    const { sysroot, librarySysroot, answers } = this.description;
    return { programs: sysroot, libraries: librarySysroot, answers };
  }

  get buildTools() {
    const { compilerPrefix } = this.description;
    return [
      ...['gcc', 'ld'].map((name) => `${compilerPrefix}${name}`),
      // The compiler's own library for 32 bits is a package of its own on amd64.
      ...(this.architecture.bits === 32 ? ['libgcc for 32 bits'] : []),
    ];
  }

  /** The distro's compiler behind it. Throws UserError when a part is not installed. */
  compiler(): Promise<DistroCompiler> {
    this.#compiler ??= findDistroCompiler(this.description, this.architecture);
    return this.#compiler;
  }

  async identity() {
    return compilerParts(this.description, this.architecture, await this.compiler());
  }

  async inputs() {
    return compilerInputs(this.description, await this.compiler());
  }

  async commands() {
    const { gcc, cpp, pkgConfig, tools } = await this.compiler();
    const paths = [gcc, cpp, pkgConfig, ...Object.values(tools)];
    return [...paths.map((path) => basename(path)), ...driverCommands];
  }

  async programs() {
    const { gcc, tools } = await this.compiler();
    return Promise.all([gcc, tools.ld!].map(programVersion));
  }

  /** Written once for each combination of compiler, wrappers and outputs. */
  async prefix(outputs: readonly SysrootOutput[], kept: KeptFolders): Promise<string> {
    const identity = sha256(canonicalJson(await this.identity()));
    const name = sha256(
      canonicalJson({ identity, outputs: outputs.map((output) => output.hash) }),
    ).slice(0, 16);
    return kept.folder(`${this.description.name}-${this.architecture.name}-${name}`, (dir) =>
      this.writePrefix(
        dir,
        outputs.map((output) => output.directory),
      ),
    );
  }

  async writePrefix(dir: string, trees: readonly string[]): Promise<void> {
    await writePrefix(this.description, this.architecture, await this.compiler(), dir, trees);
  }

  environment(options: EnvironmentOptions) {
    return targetEnvironment(this.architecture, options);
  }
}
