/** A known way to fail: how its error line looks, what it likely means, and what to do. */
export interface FailurePattern {
  match: RegExp;
  /** `$1` and so on stand for the groups of `match`. */
  cause: string;
  remedy: string;
}

/** Tried in this order; the special stands before the general. */
export const failurePatterns: readonly FailurePattern[] = [
  {
    match:
      /config\.sub: .*(?:OS|system|machine|kernel) .*not recognized|Invalid configuration [`'"](\S+?)['"]/,
    cause: 'its config.sub does not know the triple $1',
    remedy:
      'run `stubforge config-sub check` on its source; `config-sub patch --replace` replaces a copy that cannot be taught',
  },
  {
    match:
      /cannot run test program while cross compiling|cannot check .* when cross compiling|run.?time test.*cross/i,
    cause: 'its configure wants to run a program of the stub domain on this machine',
    remedy:
      "answer the question in the recipe, e.g. `configure: ['ac_cv_…=yes']` (the name is in config.log)",
  },
  {
    match: /(?:fatal )?error: (\S+\.h(?:pp)?): No such file or directory/,
    cause: 'the header $1 is not in its sysroot',
    remedy: 'add the library that brings $1 to `needs`, or turn off the feature that includes it',
  },
  {
    match: /cannot find -l(\S+?)(?::|$)/,
    cause: 'the library $1 is not in its sysroot',
    remedy: 'add the recipe that yields lib$1.a to `needs`; only static libraries are looked for',
  },
  {
    match: /undefined reference to [`'"](\S+?)['"]/,
    cause: 'nothing that is linked defines $1',
    remedy:
      'add the library that defines $1 to `needs`, or turn off the feature; the libc lacks it if it is a function of the system',
  },
  {
    match: /No package '(\S+)' found|Dependency "?(\S+?)"? not found|dependency (\S+) found: NO/i,
    cause: 'pkg-config does not find $1 in its sysroot',
    remedy: 'add the recipe that yields $1.pc to `needs`',
  },
  {
    match: /no shared libraries on this architecture|recompile with -fPIC/,
    cause: 'it links a shared library, and a stub domain is one static image',
    remedy:
      'turn shared libraries off, e.g. `configure: [--disable-shared]` or `-Ddefault_library=static`',
  },
  {
    match:
      /(\/usr\/(?:include|lib\/x86_64-linux-gnu|lib)\/\S+).*(?:incompatible|is unsafe for cross)/,
    cause: 'a file of this machine leaked into the build: $1',
    remedy: "drop the host's folders from the flags in the recipe",
  },
  {
    match:
      /(?:sh|make|\/bin\/sh)(?:\[\d+\])?:(?: \d+:)?(?: line \d+:)? (\S+?): (?:command )?not found/,
    cause: 'the command $1 is not on this machine',
    remedy:
      'add $1 to `host-tools` in the recipe and install the package that brings it (`stubforge setup`)',
  },
  {
    match: /No space left on device/,
    cause: 'the disk is full',
    remedy: 'make room, or move the state with --state DIR',
  },
  {
    match: /virtual memory exhausted|cannot allocate memory|Killed signal terminated program/i,
    cause: 'this machine ran out of memory',
    remedy: 'build fewer units at once: -j 1',
  },
  {
    match: /Temporary failure in name resolution|Could not resolve host|Network is unreachable/,
    cause: 'the build tried to use the network',
    remedy: 'all that it needs has to be in the source or in `needs`',
  },
  {
    match: /No rule to make target [`'"](\S+?)['"]/,
    cause: 'its makefile has no way to make $1',
    remedy: 'check the target names in the recipe, or a missing file in the source',
  },
  {
    match: /Hunk #\d+ FAILED|patch does not apply|can't find file to patch/,
    cause: 'a patch of the recipe does not fit this version of the source',
    remedy: 'make the patch anew for the locked version',
  },
  {
    match: /implicit declaration of function [`'"‘](\S+?)['"’]/,
    cause: 'no header that is included declares $1',
    remedy: 'the libc may lack it; turn off the feature that uses it',
  },
];
