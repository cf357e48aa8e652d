/** What is said of units that fail, word for word, in test/golden. */
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cannot, program } from '../../support/bad-recipe.js';
import { testState } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';
import { transcript } from '../../support/transcript.js';

/** Recipes with one mistake each. */
const mistakes: Record<string, [script: string, more?: string]> = {
  'exit-code': ['echo before; exit 3'],
  'missing-header': ['echo "#include <zlib.h>" > a.c; $CC -c a.c'],
  'missing-library': ['echo "int main(void) { return 0; }" > a.c; $CC a.c -lz'],
  'missing-module': ['$PKG_CONFIG --cflags glib-2.0'],
  'unknown-header': ['echo "#include <no-such.h>" > a.c; $CC -c a.c'],
  'missing-function': [
    'echo "int no_such_call(void); int main(void) { return no_such_call(); }" > a.c; $CC a.c',
  ],
  'compile-error': ['echo "int main(void) { return 0 }" > a.c; $CC -c a.c'],
  'undeclared-tool': ['bison --version'],
  'broken-promise': [
    'true',
    'provides: { files: [usr/bin/x], libraries: [libx.a], headers: [x.h] }\n',
  ],
  'writes-outside': ['echo x > /usr/lib/x'],
  'asks-network': [
    'python3 -c "import urllib.request; urllib.request.urlopen(\'http://192.0.2.1/\')"',
    'build-tools: [python3]\n',
  ],
  'takes-time': ['while :; do echo working; sleep 0.2; done', 'limits: { time: 2s }\n'],
  'is-silent': ['sleep 600', 'limits: { silence: 2s }\n'],
  'prints-much': ['yes', 'limits: { output: 1MiB }\n'],
};

describe.skipIf(cannot)('failures', () => {
  test('each says what was wrong and what to do', async () => {
    const files = Object.entries(mistakes).map(([name, [script, more]]) =>
      program(name, script, more),
    );
    const cwd = await temporaryTree({
      ...(Object.assign({}, ...files) as Record<string, string>),
      ...program('above', 'true', 'needs: [exit-code]\n'),
    });
    const options = { cwd, state: testState };
    // The toolchain is there, and so is nothing in the report but the unit itself.
    await transcript([['build', 'configure-answers']], options);
    const commands = Object.keys(mistakes).map((name) => ['build', name, '--force', '-j', '1']);
    const text = await transcript([...commands, ['build', 'above', '-j', '1']], options);
    const steady = text
      .replace(/^\S+: (fresh|unpack|config\.sub|building|script|check)\b.*\n/gm, '')
      .replace(/^plan: .*\n/gm, '')
      .replace(/^build: \d+ built, \d+ fresh, /gm, 'build: ')
      .replace(/ after [0-9.]+ s$/gm, ' after TIME')
      .replace(/\bit had [0-9.]+ (s|MiB);/g, 'it had MORE;')
      .replace(/\bcc\w{6}\.o\b/g, 'ccXXXXXX.o')
      .replace(/python3\.\d+(.*) line \d+/g, 'python3$1 line N');
    await expect(steady).toMatchFileSnapshot(resolve('test/golden/errors/units.txt'));
  });
});
