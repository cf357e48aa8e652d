/** `build --check`: a second build in other surroundings. */
import { describe, expect, test } from 'vitest';
import type { CheckResult } from '../../src/check/build-again.js';
import { lacks } from '../support/lacks.js';
import { stubforge, stubforgeJson } from '../support/stubforge.js';
import { temporaryTree } from '../support/temporary.js';

const recipe = (name: string, script: string) =>
  `name: ${name}\nkind: program\nsummary: a test\nsource: { local: ${name} }\nbuild: script\nscript: |\n${script.replace(/^/gm, '  ')}\n`;

describe.skipIf(lacks('gcc', 'binutils', 'make', 'dpkg-dev', 'bubblewrap'))('build --check', () => {
  test('recipes of stubforge pass, and leave nothing behind', async () => {
    const ran = await stubforge(['build', '--check', 'zlib', 'hello-program', 'hello']);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('check: 3 the same, 0 different, 0 failed the second time\n');
    expect(ran.stdout).toContain('not varied: the date beyond');
  });

  test('what reaches an output from its surroundings is found, and where', async () => {
    const cwd = await temporaryTree({
      'recipes/leaks.yaml': recipe(
        'leaks',
        [
          'echo "const char built_in[] = \\"$source\\"; int main(void) { return built_in[0]; }" > a.c',
          '"$CC" -c a.c -o "$dest/a.o"',
          'echo "$(id -u) at $(hostname)" > "$dest/user"',
          'date +%Z > "$dest/zone"',
          'echo "$jobs" > "$dest/jobs"',
          'touch "$dest/as-${LC_ALL}"',
          'echo fine > "$dest/fine"',
        ].join('\n'),
      ),
      'recipes/leaks/x': '',
    });
    const { exitCode, events } = await stubforgeJson(['build', '--check', 'leaks'], { cwd });
    expect(exitCode).toBe(1);
    const results = events.flatMap((event) =>
      event.type === 'result' && event.command === 'check'
        ? (event.value as { results: CheckResult[] }).results
        : [],
    );
    const found = new Map(results[0]!.differences.map(({ path, lines }) => [path, lines]));
    expect([...found.keys()]).toEqual(['a.o', 'as-C', 'as-C.UTF-8', 'jobs', 'user', 'zone']);
    expect(found.get('a.o')!.join('\n')).toMatch(/^section \.rodata: [0-9]+ bytes, then [0-9]+$/m);
    expect(found.get('user')).toEqual([
      'line 1:',
      '  - 1000 at stubforge',
      '  + 4711 at elsewhere',
    ]);
    expect(found.get('as-C')).toEqual(['only the first build installed it']);
  });
});
