/** The interface of toolchains, however they came to this machine. */
import type { KeptFolders } from '../util/kept-folders.js';
import type { EnvironmentOptions, UnitEnvironment } from './target-environment.js';
import type {
  ArchitectureName,
  ToolchainArchitecture,
  ToolchainDescription,
} from './toolchain-description.js';

export interface Toolchain {
  readonly description: ToolchainDescription;
  /** The architectures for which recipes can be built with it. */
  readonly buildable: readonly ToolchainArchitecture[];
  /** The toolchain for one of its architectures, to build with. Throws UserError if it cannot build. */
  target(architecture: ArchitectureName): TargetToolchain;
  /** Whether this machine has what it needs, and a description of what it has or what is missing. */
  state(architecture: ArchitectureName): Promise<{ usable: boolean; state: string }>;
  /** What it consists of, in lines for people. */
  describe(): string[];
  /** What it adds to that on one architecture. */
  describeArchitecture(architecture: ArchitectureName): string[];
}

/** A toolchain for one architecture: what a unit is compiled with. */
export interface TargetToolchain {
  readonly description: ToolchainDescription;
  readonly architecture: ToolchainArchitecture;
  readonly sysroot: SysrootRecipes;
  /** Raised when the code that writes prefixes changes what comes out. */
  readonly format: number;
  /** The tools of the build machine that it needs, by their names for `requireTools`. */
  readonly buildTools: readonly string[];
  /**
   * Everything about the compiler that can affect outputs. The parts of the sysroot are not in it; they
   * are units with keys of their own. Throws UserError when something that it needs is not installed.
   */
  identity(): Promise<ToolchainParts>;
  /** The files and folders that `identity` depends on; nothing else can change it. */
  inputs(): Promise<string[]>;
  /** The build machine's commands that its own commands run, by name. */
  commands(): Promise<string[]>;
  /** The compiler and the linker behind it, to compare another machine with this one. */
  programs(): Promise<ProgramVersion[]>;
  /**
   * The folder of its prefix over these outputs (headers, libc, kernel; none for the bare stage that
   * builds these), written into `kept` if it does not exist yet.
   */
  prefix(outputs: readonly SysrootOutput[], kept: KeptFolders): Promise<string>;
  /** Writes the prefix over these trees into a folder, which other architectures may share. */
  writePrefix(dir: string, trees: readonly string[]): Promise<void>;
  /** The variables and values with which a package is configured and built. */
  environment(options: EnvironmentOptions): UnitEnvironment;
}

/** The names of the recipes that make up a toolchain's own part of a sysroot. */
export interface SysrootRecipes {
  /** What programs see, in build order, and so all that an image is linked from: the kernel too. */
  programs: readonly string[];
  /**
   * What libraries see. Parts of `programs` that are not in it cannot reach them, so libraries need not
   * be rebuilt when those change. Also what the prefix of all builds is written over.
   */
  libraries: readonly string[];
  /**
   * The recipe that asks the compiler, over `libraries`, what configure scripts, meson and CMake would
   * ask it for each package; its output contains `answerFiles`.
   */
  answers?: string;
}

/** What identifies a toolchain, by name; the values are short texts or hashes. */
export type ToolchainParts = Readonly<Record<string, string>>;

export interface ProgramVersion {
  /** Absolute. */
  path: string;
  /** The first line of what it prints for `--version`. */
  version: string;
}

/** An output: the hash of its content, and where it is. */
export interface SysrootOutput {
  hash: string;
  directory: string;
}
