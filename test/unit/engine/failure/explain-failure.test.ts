import { expect, test } from 'vitest';
import { explainFailure } from '../../../../src/engine/failure/explain-failure.js';

const explain = (...lines: string[]) =>
  explainFailure({ phase: 'compile', ending: 'exit code 2', lines });

test.each([
  [
    'a missing header',
    [
      'cc -c main.c',
      'main.c:1:10: fatal error: zlib.h: No such file or directory',
      'make: *** [x] Error 1',
    ],
    'zlib.h: No such file',
    'the header zlib.h is not in its sysroot',
  ],
  [
    'a missing library',
    [
      'ld: cannot find -lpng: No such file or directory',
      'collect2: error: ld returned 1 exit status',
    ],
    'cannot find -lpng',
    'the library png is not in its sysroot',
  ],
  [
    'a missing symbol',
    ["main.o: in function `main':", "main.c:3: undefined reference to `getcontext'"],
    'undefined reference',
    'nothing that is linked defines getcontext',
  ],
  [
    'a triple that config.sub does not know',
    [
      'checking build system type... x86_64-pc-linux-gnu',
      "checking host system type... Invalid configuration `x86_64-xen-stubdom': OS `stubdom' not recognized",
      'configure: error: /bin/sh ./config.sub x86_64-xen-stubdom failed',
    ],
    'not recognized',
    'config.sub does not know x86_64-xen-stubdom',
  ],
  [
    'a pkg-config package',
    [
      'configure: error: Package requirements (glib-2.0) were not met:',
      '',
      "No package 'glib-2.0' found",
    ],
    'Package requirements',
    'pkg-config does not find glib-2.0',
  ],
  [
    'a command that is not there',
    ['/bin/sh: 1: bison: not found', 'make: *** [Makefile:3: y.c] Error 127'],
    'bison: not found',
    'the command bison is not there',
  ],
  [
    'a command that make runs and that is not there',
    ['make[1]: bison: No such file or directory', 'make[1]: *** [Makefile:3: y.c] Error 127'],
    'make[1]: bison: No such file',
    'the command bison is not there',
  ],
  [
    'a program that meson does not find',
    ["../meson.build:3:0: ERROR: Program 'glib-mkenums' not found or not executable"],
    'ERROR: Program',
    'does not find the command glib-mkenums',
  ],
  [
    'an interpreter that is not there',
    ['/bin/bash: ./run: /usr/bin/perl: bad interpreter: No such file or directory'],
    'bad interpreter',
    'the command perl, which a script names in its first line',
  ],
  [
    'a file outside',
    ["install: cannot create regular file '/usr/lib/libz.a': Read-only file system"],
    'Read-only file system',
    'it writes to /usr/lib/libz.a, which is outside its build',
  ],
  [
    'the network',
    ['curl: (6) Could not resolve host: example.org'],
    'Could not resolve host',
    'it tried to use the network',
  ],
  [
    'no memory',
    ['cc1: out of memory allocating 65536 bytes after a total of 1 bytes'],
    'out of memory',
    'got no more memory',
  ],
  [
    'no more processes',
    ['/bin/sh: 4: Cannot fork'],
    'Cannot fork',
    'cannot start any more processes',
  ],
])('%s is named with its cause', async (_what, lines, error, cause) => {
  const diagnostic = await explain(...lines);
  expect(diagnostic.message).toContain(error);
  expect(diagnostic.details?.at(-1)).toContain(cause);
  expect(diagnostic.help).toBeTruthy();
});

test('the first real error counts, not noise before it nor what follows from it', async () => {
  const diagnostic = await explain(
    'checking for strerror... yes',
    'gcc -Werror=format -c error.c',
    'b.c:7:2: error: unknown type name ‘foo_t’',
    'b.c:9:2: error: expected ‘;’',
    'make: *** [Makefile:5: b.o] Error 1',
  );
  expect(diagnostic.message).toContain('b.c:7:2');
  expect(diagnostic.details?.some((line) => line.startsWith('> b.c:7:2'))).toBe(true);
});

test("what ninja prints before the compiler's own error is passed over", async () => {
  const diagnostic = await explain(
    'FAILED: CMakeFiles/expat.dir/lib/xmlparse.c.o',
    'x86_64-xen-stubdom-gcc -c xmlparse.c',
    "xmlparse.c:6089:13: error: operator '==' has no left operand",
    'ninja: build stopped: subcommand failed.',
  );
  expect(diagnostic.message).toContain('xmlparse.c:6089:13');
});

test('without any error line the end of the log is shown', async () => {
  const diagnostic = await explain('one', 'two');
  expect(diagnostic.message).toBe('phase compile ended with exit code 2');
  expect(diagnostic.details).toEqual(['  one', '  two']);
});
