import type { LackKind } from './adviser.js';

/** A known way to fail: how its error line looks, what it likely means, and what to do. */
export interface FailurePattern {
  match: RegExp;
  /** `$1` and so on stand for the groups of `match`. */
  cause: string;
  help: string;
  /** `$1` names something that another recipe or the machine may have. */
  lacks?: LackKind;
}

/** Tried in this order; the special stands before the general. */
export const failurePatterns: readonly FailurePattern[] = [
  {
    match:
      /config\.sub: .*(?:OS|system|machine|kernel) .*not recognized|Invalid configuration [`'"](\S+?)['"]/,
    cause: 'its config.sub does not know the triple $1',
    help: 'run `stubforge config-sub check` on its source; `config-sub patch --replace` replaces a copy that cannot be taught',
  },
  {
    match:
      /cannot run test program while cross compiling|cannot check .* when cross compiling|run.?time test.*cross/i,
    cause: 'its configure wants to run a program of the stub domain on this machine',
    help: "answer the question in the recipe, e.g. `configure: ['ac_cv_…=yes']` (the name is in config.log)",
  },
  {
    match: /(?:fatal )?error: (\S+\.h(?:pp)?): No such file or directory/,
    lacks: 'header',
    cause: 'the header $1 is not in its sysroot',
    help: 'add the library that brings $1 to `needs`, or turn off the feature that includes it',
  },
  {
    match: /cannot find -l(\S+?)(?::|$)/,
    lacks: 'library',
    cause: 'the library $1 is not in its sysroot',
    help: 'add the recipe that provides lib$1.a to `needs`; only static libraries are looked for',
  },
  {
    match: /undefined reference to [`'"](\S+?)['"]/,
    cause: 'nothing that is linked defines $1',
    help: 'add the library that defines $1 to `needs`, or turn off the feature; the libc lacks it if it is a function of the system',
  },
  {
    match:
      /No package '(\S+)' found|Package '?(\S+?)'?(?:,.*)? (?:was )?not found|Dependency "?(\S+?)"? not found|dependency (\S+) found: NO/i,
    lacks: 'pkgconfig',
    cause: 'pkg-config does not find $1 in its sysroot',
    help: 'add the recipe that provides $1.pc to `needs`',
  },
  {
    match: /no shared libraries on this architecture|recompile with -fPIC/,
    cause: 'it links a shared library, and a stub domain is one static image',
    help: 'turn shared libraries off, e.g. `configure: [--disable-shared]` or `-Ddefault_library=static`',
  },
  {
    match:
      /(\/usr\/(?:include|lib\/x86_64-linux-gnu|lib)\/\S+).*(?:incompatible|is unsafe for cross)/,
    cause: 'a file of this machine leaked into the build: $1',
    help: "drop the host's folders from the flags in the recipe",
  },
  {
    match:
      /(?:sh|make|\/bin\/sh)(?:\[\d+\])?:(?: \d+:)?(?: line \d+:)?(?: eval:)? (\S+?): (?:command )?not found/,
    lacks: 'command',
    cause: 'the command $1 is not there',
    help: 'add $1 to `build-tools` in the recipe',
  },
  {
    match:
      /^(?:make(?:\[\d+\])?: |env: |xargs: )['‘]?([^\s:'’]+)['’]?: No such file or directory|No such file or directory: '([^/']+)'$/,
    lacks: 'command',
    cause: 'the command $1 is not there',
    help: 'add $1 to `build-tools` in the recipe',
  },
  {
    match: /: (?:\/\S+\/)?([^/\s:]+): bad interpreter/,
    lacks: 'command',
    cause: 'the command $1, which a script names in its first line, is not there',
    help: 'add $1 to `build-tools` in the recipe',
  },
  {
    match:
      /(?:[Pp]rogram|[Cc]ommand|[Tt]ool)s? ['"`‘]?([A-Za-z0-9_][A-Za-z0-9_+.-]*)['"’]? (?:is )?not found|['"`‘]([A-Za-z0-9_+.-]+)['"’] is missing on your system/,
    lacks: 'command',
    cause: 'its configuration does not find the command $1',
    help: 'add $1 to `build-tools` in the recipe, or turn off what uses it',
  },
  {
    match: /['‘]?(\/[^\s'’:]+)['’]?: Read-only file system/,
    cause: 'it writes to $1, which is outside of its build',
    help: 'let it build in its own folders and install below $DESTDIR',
  },
  {
    match: /File size limit exceeded|File too large/,
    cause: 'a file of its build grew larger than the limit of its disk, or than what is free there',
    help: 'if it is sound and needs that much, raise the limit: `limits: { disk: … }`, or make room',
  },
  {
    match: /No space left on device/,
    cause: 'the disk is full',
    help: 'make room, or move the state with --state DIR',
  },
  {
    match: /Cannot fork|fork: (?:retry: )?Resource temporarily unavailable/,
    cause: 'it may not start any more processes: the machine allows none, or its limit forbids it',
    help: 'if it is sound and needs that many, raise the limit: `limits: { processes: … }`',
  },
  {
    match:
      /virtual memory exhausted|cannot allocate memory|Killed signal terminated program|out of memory|MemoryError|memory exhausted/i,
    cause: 'a process of it got no more memory: the machine has none, or its limit forbids it',
    help: 'build fewer units at once: -j 1; or raise the limit: `limits: { memory: … }`',
  },
  {
    match:
      /[Tt]emporary failure in name resolution|[Cc]ould not resolve|[Nn]etwork is unreachable|Name or service not known|unable to resolve host|getaddrinfo/,
    cause: 'it tried to use the network, which a build does not have',
    help: 'all that it needs has to be in the source or in `needs`',
  },
  {
    match: /No rule to make target [`'"](\S+?)['"]/,
    cause: 'its makefile has no way to make $1',
    help: 'check the target names in the recipe, or a missing file in the source',
  },
  {
    match: /Hunk #\d+ FAILED|patch does not apply|can't find file to patch/,
    cause: 'a patch of the recipe does not fit this version of the source',
    help: 'make the patch anew for the locked version',
  },
  {
    match: /implicit declaration of function [`'"‘](\S+?)['"’]/,
    cause: 'no header that is included declares $1',
    help: 'the libc may lack it; turn off the feature that uses it',
  },
];
