/**
 * A toolchain's description, evaluated from `toolchains/<name>/toolchain.yaml`. Plain data, so that it
 * can be written to a file and read elsewhere; `toolchainOf` makes the toolchain of it.
 */
import type { WrittenToolchain } from './toolchain-schema.js';

type Written<Kind extends WrittenToolchain['kind']> = Extract<WrittenToolchain, { kind: Kind }>;
type WrittenArchitecture = WrittenToolchain['architectures'][string];

/** A partial architecture: `<os>-<cpu>`, as dpkg names architectures. */
export type ArchitectureName = string;

export interface ToolchainArchitecture {
  name: ArchitectureName;
  /** `<cpu>-<vendor>-<os>`: what `--host` and the tool prefix say. */
  triple: WrittenArchitecture['triple'];
  /** The triple's first part, e.g. `i686`. */
  cpu: string;
  /** For meson and CMake; little endian throughout. */
  cpuFamily: WrittenArchitecture['cpu-family'];
  /** Width of a pointer. */
  bits: WrittenArchitecture['bits'];
}

interface CommonDescription extends Pick<WrittenToolchain, 'name' | 'summary'> {
  /** The YAML file, absolute. */
  file: string;
  /** Operating systems (third part of a triple) that config.sub has to accept, e.g. `stubdom`. */
  operatingSystems: readonly string[];
  architectures: readonly ToolchainArchitecture[];
}

export interface BuiltArchitecture extends ToolchainArchitecture {
  /** Flags that the compiler behind it always gets, before the caller's, e.g. `-m32`. */
  compilerFlags: readonly string[];
  /** Likewise for the assembler when it is called directly. */
  assemblerFlags: readonly string[];
  /** GNU ld's name of the output format (`ld -m`). */
  linkerFormat: string;
}

/** Built here, from distro sources, around the distro's own compiler. */
export interface BuiltDescription
  extends CommonDescription,
    Pick<Written<'built'>, 'kind' | 'extends' | 'answers'> {
  architectures: readonly BuiltArchitecture[];
  /** The prefix of the compiler behind it, e.g. `x86_64-linux-gnu-`. */
  compilerPrefix: Written<'built'>['compiler'];
  /** Recipes whose outputs make up the base sysroot, in build order: headers, libc, kernel. */
  sysroot: readonly string[];
  /** What makes up the sysroot in builds of libraries. */
  librarySysroot: readonly string[];
  /** Folders with the recipes above, absolute: its own, then that of the toolchain it extends. */
  recipeDirs: readonly string[];
  /**
   * Folders with the specs, wrapper and file templates, absolute. A file in an earlier folder hides
   * one of the same name in a later one.
   */
  filesDirs: readonly string[];
}

/** Found on the machine as an installed prefix. */
export interface AdoptedDescription
  extends CommonDescription,
    Pick<Written<'adopted'>, 'kind' | 'prefixes'> {}

export type ToolchainDescription = BuiltDescription | AdoptedDescription;
