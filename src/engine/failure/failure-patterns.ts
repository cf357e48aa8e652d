import { makeRoom } from '../../project/disk-diagnostics.js';
import { outOfSpaceText } from '../../util/disk-errors.js';
import type { LackKind } from './advice.js';

/** A known way to fail: how its error line looks, what it likely means, and what to do. */
export interface FailurePattern {
  /** Names it for programs, whatever its words. */
  id: `failure.${string}`;
  /** A line that one of these matches is of this kind; each has one group, or none. */
  match: readonly RegExp[];
  /** `$1` stands for the group. */
  cause: string;
  help: string;
  /** The group names something that a recipe or the machine may have. */
  lacks?: LackKind;
}

/** Tried in this order; special ones before general ones. */
export const failurePatterns: readonly FailurePattern[] = [
  {
    id: 'failure.config-sub-rejected',
    match: [
      /Invalid configuration [`'"](\S+?)['"]/,
      /config\.sub: .*(?:OS|system|machine|kernel) [`'"](\S+?)['"] not recognized/,
    ],
    cause: 'its config.sub does not know $1',
    help: 'run `stubforge config-sub check` on its source; `config-sub patch --replace` replaces a copy that cannot be patched. Where the build itself brings a copy in, as autoreconf does, put that copy into an `overlay`, so that it is in the source before',
  },
  {
    id: 'failure.run-while-cross-compiling',
    match: [
      /cannot run test program while cross compiling/,
      /cannot check .* when cross compiling/,
      /run.?time test.*cross/i,
    ],
    cause: 'its configure wants to run a program of the stub domain on this machine',
    help: "answer the question in the recipe, e.g. `configure: ['ac_cv_…=yes']` (the name is in config.log)",
  },
  {
    id: 'failure.missing-header',
    match: [
      /^[^\s:]+:\d+(?::\d+)?: fatal error: (.+): No such file or directory$/,
      /error: (\S+\.h(?:h|pp|xx)?): No such file or directory/,
      /fatal error: '(.+)' file not found$/,
    ],
    lacks: 'header',
    cause: 'the header $1 is not in its sysroot',
    help: 'add the library that installs $1 to `needs`, or turn off the feature that includes it',
  },
  {
    id: 'failure.missing-library',
    match: [/cannot find -l:lib(\S+)\.a\b/, /cannot find -l([^\s:]+)/],
    lacks: 'library',
    cause: 'the library $1 is not in its sysroot',
    help: 'add the recipe that provides lib$1.a to `needs`; only static libraries are looked for',
  },
  {
    id: 'failure.missing-symbol',
    match: [/undefined reference to [`'"‘](.+?)['"’]/],
    cause: 'nothing that is linked defines $1',
    help: 'add the library that defines $1 to `needs`, or turn off the feature that calls it; the libc lacks it if it is a system function',
  },
  {
    id: 'failure.missing-pkg-config-module',
    match: [
      /No package '(\S+)' found/i,
      /Package '(\S+?)'(?:,.*)? not found/i,
      /^Package (\S+) was not found/i,
      /Dependency "(.+?)" not found/i,
      /dependency (\S+) found: NO/i,
    ],
    lacks: 'pkgconfig',
    cause: 'pkg-config does not find $1 in its sysroot',
    help: 'add the recipe that provides $1.pc to `needs`',
  },
  {
    id: 'failure.missing-cmake-package',
    match: [
      /Could NOT find (\S+) \(missing: /,
      /Could not find a package configuration file provided by "(.+?)"/,
    ],
    cause: 'CMake does not find the package $1',
    help: 'add the recipe that provides it to `needs` (a command: to `build-tools`), or turn off the feature',
  },
  {
    id: 'failure.shared-library',
    match: [/no shared libraries on this architecture/, /recompile with -fPIC/],
    cause: 'it links a shared library, and a stub domain is one static image',
    help: 'turn shared libraries off, e.g. `configure: [--disable-shared]` or `-Ddefault_library=static`',
  },
  {
    id: 'failure.build-machine-leak',
    match: [
      /(\/usr\/(?:include|lib\/x86_64-linux-gnu|lib)\/\S+).*(?:incompatible|is unsafe for cross)/,
    ],
    cause: 'a file of the build machine leaked into the build: $1',
    help: "drop the build machine's folders from the flags in the recipe",
  },
  {
    id: 'failure.no-cxx',
    match: [/error: the toolchain (\S+) has no C\+\+ yet/],
    cause: 'it compiles C++, and the toolchain $1 has no C++ library',
    help: 'turn off the parts that are written in C++',
  },
  {
    id: 'failure.missing-build-compiler',
    match: [
      /no acceptable (\S+) compiler found/,
      /Unknown compiler\(s\): \[\['([^']+)'/,
      /No CMAKE_(\S+)_COMPILER could be found/,
      /Cannot find a build system (compiler)/,
    ],
    lacks: 'compiler',
    cause: 'it finds no compiler ($1)',
    help: 'declare a compiler for the build machine: `build-tools: [gcc, libc6-dev]`, or for C++ `[g++, libc6-dev]`',
  },
  {
    id: 'failure.no-build-file',
    match: [
      /Neither directory contains a build file (meson\.build)/,
      /does not appear to contain (CMakeLists\.txt)/,
      /No targets specified and no (makefile) found/,
    ],
    lacks: 'build-file',
    cause: 'there is no $1 where the build system looks for it',
    help: 'name another build system under `build`, or the folder that holds it under `folder`',
  },
  {
    id: 'failure.missing-command',
    match: [
      // dash: `sh: 1: g++: not found`, with the script's name instead of the shell's.
      /^\s*[^\s:]+: \d+: (?:(?:eval|exec): )?(.+): not found$/,
      // bash, where the script may be the standard input or a word of the command line.
      /^\s*[^\s:]+: line \d+: (?:exec: )?(.+): (?:command )?not found$/,
      /^\s*(?:\S*\/)?bash: (?:exec: )?(.+): (?:command )?not found$/,
      // It says the same of files that are read; only what must be a command counts.
      /^\s*[^\s:]+: (?:line \d+: )?(\S*\/(?:configure|autogen\.sh|[^/\s]*(?:cc|[gc]\+\+)(?:-\d+)?)): No such file or directory$/,
      /^\s*[^\s:]+: (?:line \d+: )?(.+): cannot execute: required file not found$/,
      // make runs simple lines by itself, without a shell.
      /^make(?:\[\d+\])?: (?!\*\*\* )(.+): (?:No such file or directory|Command not found)$/,
      /^(?:\S*\/)?(?:env|xargs|nice): ['"‘]?(.+?)['"’]?: No such file or directory$/,
      /^(?:\S*\/)?(?:timeout|nohup|stdbuf): failed to run command ['"‘](.+)['"’]: No such file or directory$/,
      // Python says so of files too; a command has no folder here and seldom a suffix.
      /FileNotFoundError: .*No such file or directory: '([^/']+?(?<!\.[a-z]+))'$/,
      /^Can't exec "(.+?)": No such file or directory/,
    ],
    lacks: 'command',
    cause: 'the command $1 is not there',
    help: 'add $1 to `build-tools` in the recipe',
  },
  {
    id: 'failure.missing-interpreter',
    match: [/: (?:\/\S+\/)?([^/\s:]+): bad interpreter/],
    lacks: 'command',
    cause: 'the command $1, which a script names in its first line, is not there',
    help: 'add $1 to `build-tools` in the recipe',
  },
  {
    id: 'failure.program-not-found',
    match: [
      /(?:[Pp]rogram|[Cc]ommand|[Tt]ool)s? ['"`‘]?([A-Za-z0-9_][A-Za-z0-9_+.-]*)['"’]? (?:is )?not found/,
      /['"`‘]([A-Za-z0-9_+.-]+)['"’] is missing on your system/,
      /Could not find .+ using the following names: ([^\s,]+)/,
    ],
    lacks: 'command',
    cause: 'its configuration does not find the command $1',
    help: 'add $1 to `build-tools` in the recipe, or turn off the feature that uses it',
  },
  {
    id: 'failure.writes-outside',
    match: [/['‘]?(\/[^\s'’:]+)['’]?: Read-only file system/],
    cause: 'it writes to $1, which is outside its build',
    help: 'let it build in its own folders and install below $DESTDIR',
  },
  {
    id: 'failure.file-too-large',
    match: [/File size limit exceeded|File too large/],
    cause: 'a file of its build grew larger than the limit of its disk, or than what is free there',
    help: 'if it is sound and needs that much, raise the limit: `limits: { disk: … }`, or make room',
  },
  {
    id: 'failure.disk-full',
    match: [outOfSpaceText],
    cause: 'the disk is full',
    help: makeRoom,
  },
  {
    id: 'failure.no-more-processes',
    match: [/Cannot fork|fork: (?:retry: )?Resource temporarily unavailable/],
    cause: 'it cannot start any more processes: the machine allows none, or its limit forbids it',
    help: 'if it is sound and needs that many, raise the limit: `limits: { processes: … }`',
  },
  {
    id: 'failure.out-of-memory',
    match: [
      /virtual memory exhausted|cannot allocate memory|Killed signal terminated program|out of memory|MemoryError|memory exhausted/i,
    ],
    cause:
      'one of its processes got no more memory: the machine has none left, or its limit forbids it',
    help: 'build fewer units at once: -j 1; or raise the limit: `limits: { memory: … }`',
  },
  {
    id: 'failure.network',
    match: [
      /[Tt]emporary failure in name resolution|[Cc]ould not resolve|[Nn]etwork is unreachable|Name or service not known|unable to resolve host|getaddrinfo/,
    ],
    cause: 'it tried to use the network, which a build does not have',
    help: 'provide all that it needs through its source or through `needs`',
  },
  {
    id: 'failure.no-rule',
    match: [/No rule to make target [`'"](.+?)['"]/],
    cause: 'its makefile has no rule to make $1',
    help: 'check the names of targets in the recipe, and whether the source lacks a file',
  },
  {
    id: 'failure.patch-does-not-fit',
    match: [/Hunk #\d+ FAILED|patch does not apply|can't find file to patch/],
    cause: 'a patch of the recipe does not fit this version of the source',
    help: 'adapt the patch to the locked version',
  },
  {
    id: 'failure.undeclared-function',
    match: [/error: implicit declaration of function [`'"‘](.+?)['"’]/],
    cause: 'no header that is included declares $1',
    help: 'turn off the feature that uses it: the libc may lack it',
  },
];
