/** `build --check`: a second build in another build environment. */
import { describe, expect, test } from 'vitest';
import type { CheckValue } from '../../../src/app/check-again.js';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const recipe = (name: string, kind: 'program' | 'tool', script: string[]) =>
  `name: ${name}\nkind: ${kind}\nsummary: a test\nsource: { local: ${name} }\nbuild: script\nbuild-tools: [python3]\nscript: |\n${script.join('\n').replace(/^/gm, '  ')}\n`;

/** What reaches files of an output from the environment of its build, one file each. */
const leaks = [
  'echo "const char built_in[] = \\"$source\\"; int main(void) { return built_in[0]; }" > a.c',
  '"$CC" -c a.c -o "$dest/folder.o"',
  'echo "const char built_on[] = \\"$(date +%F)\\";" > day.c',
  '"$CC" -c day.c -o "$dest/day.o"',
  'python3 -c "import datetime; print(datetime.date.today().year)" > "$dest/year"',
  'id -u > "$dest/user-number"',
  'echo "${USER-nobody}" > "$dest/user"',
  'hostname > "$dest/host"',
  'date +%Z > "$dest/zone"',
  'echo "$jobs" > "$dest/jobs"',
  'touch "$dest/as-${LC_ALL}"',
  'mkdir parts && for name in one two three; do echo "int $name;" > $name.c; done',
  'for name in one two three; do "$CC" -c $name.c -o parts/$name.o; done',
  '"${AR-ar}" rcD "$dest/parts.a" $(ls -U -d parts/* | sort)',
  '"${AR-ar}" rcD "$dest/parts-as-listed.a" $(cd parts && ls -U | sed s,^,parts/,)',
  'python3 -c "import os; print(*os.listdir(\'parts\'))" > "$dest/listed"',
  // The compiler takes the date of the source for its own.
  'echo "const char compiled_on[] = __DATE__ __TIME__;" > date.c',
  '"$CC" -c date.c -o "$dest/date.o"',
  // A wait until a time of the shifted clock ends when it should.
  'python3 -c "import threading; assert not threading.Event().wait(0.1)" > "$dest/waited"',
];

async function check(words: string[], recipes: Record<string, string>) {
  const cwd = await temporaryTree(recipes);
  const { exitCode, events, stderr } = await stubforgeJson(['build', '--check', ...words], { cwd });
  const value = events.flatMap((event) =>
    event.type === 'result' && event.command === 'check' ? [event.value as CheckValue] : [],
  )[0];
  expect(value?.notBuilt, stderr).toEqual([]);
  const found = new Map(
    value!.results[0]?.differences.map(({ path, lines }) => [path, lines.join('\n')]),
  );
  const plan = (await stubforge(['plan', ...words], { cwd })).stdout;
  return { exitCode, value: value!, found, plan };
}

describe.skipIf(lacks('gcc', 'libc6-dev', 'binutils', 'make', 'dpkg-dev', 'bubblewrap', 'python3'))(
  'build --check',
  () => {
    test('recipes of stubforge pass, and leave nothing behind', async () => {
      const ran = await stubforge(['build', '--check', 'zlib', 'hello-program', 'hello']);
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stdout).toMatch(/^zlib:stubdom-amd64 +the same, [0-9]+ entries, /m);
      expect(ran.stderr).toMatch(/^note: zlib:stubdom-amd64: the same, [0-9]+ entries, /m);
      expect(ran.stdout).toContain('check: 3 the same, 0 different, 0 failed the second time\n');
      expect(ran.stdout).toMatch(/^varied: .*400 days later.*order of files/m);
      expect(ran.stdout).toContain('not varied:\n  the times that the kernel gives to files');
    });

    test('what reaches an output from its build environment is found, and where', async () => {
      const { exitCode, value, found, plan } = await check(['leaks'], {
        'recipes/leaks.yaml': recipe('leaks', 'program', leaks),
        'recipes/leaks/x': '',
      });
      expect(exitCode).toBe(1);
      expect(value.failed).toEqual([]);
      // The first build's output stays what it was.
      expect(plan).toMatch(/^fresh +leaks:stubdom-amd64 /m);
      expect([...found.keys()]).toEqual([
        ...['as-C', 'as-C.UTF-8', 'day.o', 'folder.o', 'host', 'jobs', 'listed'],
        ...['parts-as-listed.a', 'user', 'user-number', 'year', 'zone'],
      ]);
      expect(found.get('folder.o')).toMatch(/^section \.rodata: [0-9]+ bytes, then [0-9]+$/m);
      expect(found.get('day.o')).toMatch(/^section \.rodata: [0-9]+ bytes differ, the first at/);
      expect(found.get('parts-as-listed.a')).toBe('members in another order');
      const [, first, second] = found.get('listed')!.split('\n');
      expect(second!.slice(4).split(' ').reverse()).toEqual(first!.slice(4).split(' '));
      expect(found.get('host')).toBe('line 1:\n  - stubforge\n  + elsewhere');
      expect(found.get('user-number')).toBe('line 1:\n  - 1000\n  + 4711');
      expect(found.get('as-C')).toBe('only the first build installed it');
    });

    test('date and order are varied without a sandbox, too', async () => {
      const { exitCode, value, found } = await check(['leaks', '--sandbox=none'], {
        'recipes/leaks.yaml': recipe('leaks', 'tool', leaks),
        'recipes/leaks/x': '',
      });
      expect(exitCode).toBe(1);
      const names = ['day.o', 'folder.o', 'listed', 'parts-as-listed.a', 'year'];
      for (const name of names) expect(found.has(name), name).toBe(true);
      expect(found.has('user-number')).toBe(false);
      expect(value.notVaried).toContain('user ID and host name');
    });
  },
);
