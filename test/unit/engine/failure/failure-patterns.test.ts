/** Lines as the programs of Debian 12 print them, and what is read out of them. */
import { expect, test } from 'vitest';
import type { Adviser } from '../../../../src/engine/failure/advice.js';
import { explainFailure } from '../../../../src/engine/failure/explain-failure.js';
import { failurePatterns } from '../../../../src/engine/failure/failure-patterns.js';

/** What an adviser is asked about these lines, and the id of the report. */
async function read(...lines: string[]) {
  let asked: [kind: string, name: string] | undefined;
  const advise: Adviser = async (kind, name) => {
    asked ??= [kind, name];
    return undefined;
  };
  const failed = { phase: 'compile', ending: 'exit code 127', lines };
  const { id } = await explainFailure(failed, { advise, file: 'x.yaml' });
  return { id, asked };
}

const makes = 'make: *** [Makefile:2: all] Error 127';

test.each([
  ['dash', ['/bin/sh: 1: g++: not found', makes], 'g++'],
  ['dash, of a path', ['/bin/sh: 1: /opt/x/g++: not found', makes], '/opt/x/g++'],
  ['dash, of a name with a blank', ['/bin/sh: 1: my tool: not found', makes], 'my tool'],
  ['dash, of a name with a quote', ['dash: 1: quo"te: not found'], 'quo"te'],
  ['dash, of exec', ['./run2.sh: 2: exec: g++: not found'], 'g++'],
  ['dash, of eval', ['scr: 1: eval: bison: not found'], 'bison'],
  ['dash, in a script', ['/build/x/source/run.sh: 12: bison: not found'], 'bison'],
  [
    'dash, of a script that is not there',
    ['sh: 5: /build/x/source/./configure: not found'],
    '/build/x/source/./configure',
  ],
  ['bash', ['bash: g++-99: command not found'], 'g++-99'],
  ['bash, in a script', ['./run.sh: line 2: bison: command not found'], 'bison'],
  ['bash, run by make', ['/bin/bash: line 1: c++: command not found', makes], 'c++'],
  ['bash, of a name with a blank', ['./run.sh: line 4: my tool: command not found'], 'my tool'],
  ['bash, of exec', ['bash: exec: bison: not found'], 'bison'],
  ['bash, of a script', ['bash: ./configure: No such file or directory'], './configure'],
  [
    'bash, of a compiler by its path',
    ['./run.sh: line 5: /opt/x/g++: No such file or directory'],
    '/opt/x/g++',
  ],
  [
    'bash, of a script whose interpreter is not there',
    ['bash: ./s: cannot execute: required file not found'],
    './s',
  ],
  ['make', ['make: g++: No such file or directory', makes], 'g++'],
  ['make, below another', ['make[2]: gcc: No such file or directory', makes], 'gcc'],
  ['make, of a path', ['make: ./configure: No such file or directory', makes], './configure'],
  ['env', ['/usr/bin/env: ‘python’: No such file or directory'], 'python'],
  ['env in the C locale', ["/usr/bin/env: 'g++': No such file or directory"], 'g++'],
  [
    'env, of words in a first line',
    [
      '/usr/bin/env: ‘perl -w’: No such file or directory',
      '/usr/bin/env: use -[v]S to pass options in shebang lines',
    ],
    'perl -w',
  ],
  ['xargs', ['xargs: g++: No such file or directory'], 'g++'],
  ['nice', ['nice: ‘bison’: No such file or directory'], 'bison'],
  ['timeout', ["timeout: failed to run command 'qemu': No such file or directory"], 'qemu'],
  ['Python', ["FileNotFoundError: [Errno 2] No such file or directory: 'g++'"], 'g++'],
  ['Perl', [`Can't exec "bison": No such file or directory at x.pl line 1.`], 'bison'],
  ['ninja', ['FAILED: a ', 'g++ rd', '/bin/sh: 1: g++: not found'], 'g++'],
])('%s: a command that is not there is read whole', async (_who, lines, command) => {
  expect(await read(...lines)).toEqual({
    id: 'failure.missing-command',
    asked: ['command', command],
  });
});

test.each([
  [
    'an interpreter of bash before 5.2',
    ['bash: ./s: /usr/bin/perl: bad interpreter: No such file or directory'],
    'failure.missing-interpreter',
    ['command', 'perl'],
  ],
  [
    'meson, of a program',
    ["meson.build:2:0: ERROR: Program 'glib-mkenums' not found or not executable"],
    'failure.program-not-found',
    ['command', 'glib-mkenums'],
  ],
  [
    'cmake, of a program',
    [
      'CMake Error at CMakeLists.txt:3 (find_program):',
      '  Could not find B using the following names: bison',
    ],
    'failure.program-not-found',
    ['command', 'bison'],
  ],
  [
    'automake',
    ["WARNING: 'aclocal-1.16' is missing on your system."],
    'failure.program-not-found',
    ['command', 'aclocal-1.16'],
  ],
  [
    'meson, of a compiler for the build machine',
    [
      "m/meson.build:2:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang'], ['nvc']]",
      'The following exception(s) were encountered:',
      `Running \`cc --version\` gave "[Errno 2] No such file or directory: 'cc'"`,
    ],
    'failure.missing-build-compiler',
    ['compiler', 'cc'],
  ],
  [
    'cmake, of a compiler',
    ['CMake Error at CMakeLists.txt:2 (project):', '  No CMAKE_CXX_COMPILER could be found.'],
    'failure.missing-build-compiler',
    ['compiler', 'CXX'],
  ],
  [
    'autoconf, of a compiler',
    [
      'checking for clang... no',
      'configure: error: in `/build/x/build:',
      'configure: error: no acceptable C compiler found in $PATH',
      "See `config.log' for more details",
    ],
    'failure.missing-build-compiler',
    ['compiler', 'C'],
  ],
  [
    'meson, without its own file',
    ['ERROR: Neither directory contains a build file meson.build.'],
    'failure.no-build-file',
    ['build-file', 'meson.build'],
  ],
  [
    'cmake, without its own file',
    [
      'CMake Error: The source directory "/build/x/source" does not appear to contain CMakeLists.txt.',
    ],
    'failure.no-build-file',
    ['build-file', 'CMakeLists.txt'],
  ],
  [
    'make, without a makefile',
    ['make: *** No targets specified and no makefile found.  Stop.'],
    'failure.no-build-file',
    ['build-file', 'makefile'],
  ],
  [
    'gcc, of a header',
    ['main.c:1:10: fatal error: zlib.h: No such file or directory', 'compilation terminated.'],
    'failure.missing-header',
    ['header', 'zlib.h'],
  ],
  [
    'g++, of a header without a suffix',
    ['a.cc:1:10: fatal error: vector: No such file or directory'],
    'failure.missing-header',
    ['header', 'vector'],
  ],
  [
    'ld, of a library',
    ['/usr/bin/ld: cannot find -lpng: No such file or directory'],
    'failure.missing-library',
    ['library', 'png'],
  ],
  [
    'ld, of a library by its file',
    ['/usr/bin/ld: cannot find -l:libpng.a: No such file or directory'],
    'failure.missing-library',
    ['library', 'png'],
  ],
  [
    'pkg-config',
    ['Package glib-2.0 was not found in the pkg-config search path.'],
    'failure.missing-pkg-config-module',
    ['pkgconfig', 'glib-2.0'],
  ],
  [
    'pkgconf, of what another needs',
    ["Package 'pcre2', required by 'glib-2.0', not found"],
    'failure.missing-pkg-config-module',
    ['pkgconfig', 'pcre2'],
  ],
  [
    'meson, of a dependency',
    ['m/meson.build:3:0: ERROR: Dependency "glib-2.0" not found, tried pkgconfig and cmake'],
    'failure.missing-pkg-config-module',
    ['pkgconfig', 'glib-2.0'],
  ],
] as const)('%s', async (_who, lines, id, asked) => {
  expect(await read(...lines)).toEqual({ id, asked });
});

test('what ld cannot resolve is named as a whole, a C++ function too', async () => {
  const diagnostic = await explainFailure({
    phase: 'compile',
    ending: 'exit code 1',
    lines: ["/usr/bin/ld: a.cc:(.text+0x5): undefined reference to `f(int, char const*)'"],
  });
  expect(diagnostic.id).toBe('failure.missing-symbol');
  expect(diagnostic.details!.at(-1)).toContain('defines f(int, char const*)');
});

test.each([
  ['a file that Python opens', "FileNotFoundError: [Errno 2] No such file or directory: 'a.txt'"],
  ['a file that a shell reads', './run.sh: line 7: data/words: No such file or directory'],
  ['a question of configure', 'checking for g++... no'],
  ['a warning', 'a.c:1:1: warning: implicit declaration of function ‘f’'],
])('%s is no command that is missing', async (_what, line) => {
  expect((await read(line)).asked).toBeUndefined();
});

test('every pattern has an id of its own, in the form that programs count on', () => {
  const ids = failurePatterns.map((pattern) => pattern.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^failure\.[a-z]+(-[a-z]+)*$/);
});

test('a text of a pattern names the group that every expression of it has', () => {
  for (const { id, match, cause, help, lacks } of failurePatterns) {
    if (!lacks && !`${cause}${help}`.includes('$1')) continue;
    for (const each of match) {
      const groups = new RegExp(`${each.source}|`).exec('')!.length - 1;
      expect([id, groups]).toEqual([id, 1]);
    }
  }
});
