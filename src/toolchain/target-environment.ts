import { join } from 'node:path';
import {
  answerFiles,
  binDir,
  cmakeToolchainFile,
  mesonCrossFile,
  sysrootDir,
} from './prefix-layout.js';
import type { ToolchainArchitecture } from './toolchain-description.js';

export interface EnvironmentOptions {
  prefix: string;
  /** The prefix's own when absent. */
  sysroot?: string;
  /** The folder with the toolchain's answers; absent where they are not used. */
  answers?: string;
  /** Folders that outputs must not name, each with the name to use instead. */
  prefixMap?: Readonly<Record<string, string>>;
}

export interface UnitEnvironment {
  /** The whole environment of a build; nothing is inherited. */
  environment: Record<string, string>;
  /** For substitution in phases: triple, cpu, the files for meson and CMake, the answers' files. */
  values: Record<string, string>;
}

/** The variables and values with which a package is configured and built for the architecture. */
export function targetEnvironment(
  architecture: ToolchainArchitecture,
  { prefix, sysroot, answers, prefixMap = {} }: EnvironmentOptions,
): UnitEnvironment {
  const tool = (name: string) => `${architecture.triple}-${name}`;
  // The first pair that matches counts, so a folder within another one comes first.
  const pairs = Object.entries(prefixMap).sort(([a], [b]) => b.length - a.length);
  return {
    environment: {
      PATH: [binDir(prefix), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':'),
      LC_ALL: 'C',
      TZ: 'UTC',
      CC: tool('gcc'),
      CPP: `${tool('gcc')} -E`,
      // Without this, configure scripts go looking for the build machine's.
      CXX: tool('g++'),
      // They also insist on a preprocessor for C++ that works, before they look whether CXX does.
      CXXCPP: `${tool('gcc')} -E -x c`,
      AR: tool('ar'),
      AS: tool('as'),
      LD: tool('ld'),
      NM: tool('nm'),
      OBJCOPY: tool('objcopy'),
      OBJDUMP: tool('objdump'),
      RANLIB: tool('ranlib'),
      READELF: tool('readelf'),
      STRIP: tool('strip'),
      PKG_CONFIG: tool('pkg-config'),
      STUBFORGE_SYSROOT: sysroot ?? sysrootDir(prefix, architecture),
      ...(pairs.length > 0 && {
        STUBFORGE_PREFIX_MAP: pairs.map(([from, to]) => `${from}=${to}`).join(':'),
      }),
    },
    values: {
      triple: architecture.triple,
      cpu: architecture.cpu,
      'meson-cross-file': mesonCrossFile(prefix, architecture),
      'cmake-toolchain-file': cmakeToolchainFile(prefix, architecture),
      ...Object.fromEntries(
        Object.entries(answerFiles).map(([name, file]) => [
          name,
          answers ? join(answers, file) : '',
        ]),
      ),
    },
  };
}
