/** A toolchain's description, evaluated from `toolchains/<name>/toolchain.yaml`. */

/** A partial architecture: `<os>-<cpu>`, as dpkg names architectures. */
export type ArchitectureName = string;

export interface ToolchainArchitecture {
  name: ArchitectureName;
  /** `<cpu>-<vendor>-<os>`: what `--host` and the tool prefix say. */
  triple: string;
  /** The triple's first part, e.g. `i686`. */
  cpu: string;
  /** All flags that the compiler behind it is always given, before the caller's, e.g. `-m32`. */
  compilerFlags: readonly string[];
  /** Likewise for the assembler when it is called directly. */
  assemblerFlags: readonly string[];
  /** GNU ld's name of the output format (`ld -m`); empty for adopted toolchains. */
  linkerFormat: string;
  /** For meson and CMake: `x86_64` or `x86`, little endian throughout. */
  cpuFamily: string;
  /** `64` or `32`. */
  bits: number;
}

interface ToolchainBase {
  name: string;
  summary: string;
  /** The YAML file, absolute. */
  file: string;
  /** Operating systems (third part of a triple) that config.sub must learn, e.g. `stubdom`. */
  operatingSystems: readonly string[];
  architectures: readonly ToolchainArchitecture[];
}

/** Built here, from distro sources, around the distro's own compiler. */
export interface BuiltToolchain extends ToolchainBase {
  kind: 'built';
  /** The prefix of the compiler behind it, e.g. `x86_64-linux-gnu-`. */
  compilerPrefix: string;
  /** The toolchain whose files and recipes stand in for those that its own folder lacks. */
  like?: string;
  /** Recipes whose outputs make up the base sysroot, in build order: headers, libc, kernel. */
  sysroot: readonly string[];
  /**
   * What makes up the sysroot in builds of libraries. What it lacks of `sysroot` cannot reach them, so
   * that they need not be built again when it changes. Also what the prefix of all builds is written
   * over.
   */
  librarySysroot: readonly string[];
  /**
   * The recipe that asks the compiler, over `librarySysroot`, what configure scripts, meson and CMake
   * would ask it for each package; its output holds `answerFiles`.
   */
  answers?: string;
  /** Folders with the recipes above, absolute: its own, then that of the toolchain it is like. */
  recipeDirs: readonly string[];
  /**
   * Folders with the specs, wrapper and file templates, absolute. A file in an earlier folder hides
   * one of the same name in a later one.
   */
  filesDirs: readonly string[];
}

/** Found on the machine as an installed prefix. */
export interface AdoptedToolchain extends ToolchainBase {
  kind: 'adopted';
  /** Where it may be installed; the first that holds `bin/<triple>-gcc` is taken. */
  prefixes: readonly string[];
}

export type Toolchain = BuiltToolchain | AdoptedToolchain;
