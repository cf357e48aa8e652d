/** What the rest of stubforge asks of a toolchain, whichever way it came to this machine. */
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
  /**
   * The toolchain for one of its architectures, to build with. Throws UserError where that does not
   * work.
   */
  target(architecture: ArchitectureName): TargetToolchain;
  /** Whether this machine has what it takes, and in words what that is or lacks. */
  state(architecture: ArchitectureName): Promise<{ usable: boolean; state: string }>;
  /** What it is made of, a line each for people. */
  madeOf(): string[];
  /** What it adds to that on one architecture. */
  madeOfMore(architecture: ArchitectureName): string[];
}

/** A toolchain for one architecture: what a unit is compiled with. */
export interface TargetToolchain {
  readonly description: ToolchainDescription;
  readonly architecture: ToolchainArchitecture;
  readonly sysroot: SysrootRecipes;
  /** Raised when the code that writes prefixes changes what comes out. */
  readonly format: number;
  /** The tools of the build machine that it cannot do without, by their names for `requireTools`. */
  readonly buildTools: readonly string[];
  /**
   * All that the compiler side lets into outputs. The sysroot's parts are not in it; they are units
   * with keys of their own. Throws UserError when something that it stands on is not installed.
   */
  identity(): Promise<ToolchainParts>;
  /** The files and folders of which `identity` tells: nothing else can change what it tells. */
  inputs(): Promise<string[]>;
  /** The build machine's commands that its own commands run, by name. */
  commands(): Promise<string[]>;
  /** The compiler and the linker behind it, by which another machine can be compared with this one. */
  programs(): Promise<ProgramVersion[]>;
  /**
   * The folder of its prefix over these outputs (headers, libc, kernel; none for the bare stage that
   * builds these), written into `kept` where it is not there yet.
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
   * What libraries see. What it lacks of `programs` cannot reach them, so that they need not be built
   * again when it changes. Also what the prefix of all builds is written over.
   */
  libraries: readonly string[];
  /**
   * The recipe that asks the compiler, over `libraries`, what configure scripts, meson and CMake would
   * ask it for each package; its output holds `answerFiles`.
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

/** An output by the hash of its content, and where it lies. */
export interface SysrootOutput {
  hash: string;
  directory: string;
}
