/** Builds of the repository's own recipes, and of small recipes with one mistake each. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { lacks } from '../../support/lacks.js';
import { processesWith } from '../../support/processes.js';
import { everything, libraries } from '../../support/recipes.js';
import {
  letGo,
  startStubforge,
  stubforge,
  stubforgeJson,
  testState,
  waitToGo,
} from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';
import { until } from '../../support/until.js';

const noCompiler = lacks('gcc', 'binutils', 'make', 'lib32gcc-12-dev', 'dpkg-dev', 'bubblewrap');

interface BuildValue {
  outputs: Record<string, { output: string; elf?: string; gz?: string }>;
  failed: string[];
  skipped: string[];
}

const ofType = <Type extends Event['type']>(events: Event[], type: Type) =>
  events.filter((event): event is Extract<Event, { type: Type }> => event.type === type);

describe.skipIf(noCompiler)('building', () => {
  test('recipes of every build system build for both architectures, and a second run builds nothing', async () => {
    const first = await stubforgeJson<BuildValue>(['build', ...everything, '--arch', 'all']);
    expect(ofType(first.events, 'unit-failed')).toEqual([]);
    expect(first.exitCode).toBe(0);
    for (const recipe of libraries) {
      for (const architecture of ['stubdom-amd64', 'stubdom-i386']) {
        const { output } = first.value.outputs[`${recipe}:${architecture}`]!;
        const archives = (await readdir(join(output, 'usr/lib'))).filter((name) =>
          name.endsWith('.a'),
        );
        expect(archives.length, `${recipe}:${architecture}`).toBeGreaterThan(0);
      }
    }
    const second = await stubforgeJson<BuildValue>([
      'build',
      ...everything,
      '--arch',
      'all',
      '--offline',
    ]);
    expect(ofType(second.events, 'unit-start')).toEqual([]);
    expect(ofType(second.events, 'unit-fresh').length).toBeGreaterThan(20);
    expect(second.value.outputs).toEqual(first.value.outputs);

    const plan = await stubforge(['plan', 'zlib']);
    expect(plan.stdout).toMatch(/^fresh +zlib:stubdom-amd64 +key [0-9a-f]{12} has an output$/m);
  });

  test('the shell of a unit has its exact environment', async () => {
    await stubforge(['build', 'zlib', '--arch', 'stubdom-i386']);
    const ran = await stubforge([
      'shell',
      'zlib:stubdom-i386',
      '-c',
      'env; ls "$STUBFORGE_PHASES"; $CC -dumpmachine; pwd',
    ]);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('CC=i686-xen-stubdom-gcc');
    expect(ran.stdout).toMatch(/^i686-xen-stubdom$/m);
    expect(ran.stdout).toMatch(/^configure$/m);
    expect(ran.stdout).not.toContain(`HOME=${process.env.HOME}\n`);
  });
});

/** A project with recipes of its own; the built-in ones are there too. */
const projectOf = (files: Record<string, string>) => temporaryTree(files);

const program = (name: string, more = '') =>
  `name: ${name}\nkind: program\nsummary: a test\nsource: { local: ${name} }\nbuild: script\n${more}`;

describe.skipIf(noCompiler)('failing', () => {
  test('a missing header is named with unit, phase, cause and log; others go on', async () => {
    const cwd = await projectOf({
      'recipes/broken.yaml': program('broken', 'script: |\n  cd "$source"; $CC -c main.c\n'),
      'recipes/broken/main.c': '#include <zlib.h>\nint main(void) { return 0; }\n',
      'recipes/fine.yaml': program(
        'fine',
        'script: |\n  mkdir -p "$dest/usr/bin"; $CC "$source"/main.c -o "$dest/usr/bin/fine"\nprovides: { files: [usr/bin/fine] }\n',
      ),
      'recipes/fine/main.c': 'int main(void) { return 0; }\n',
      'recipes/above/x': '',
      'recipes/above.yaml': program('above', 'needs: [broken]\nscript: |\n  true\n'),
    });
    const ran = await stubforge(['build', 'broken', 'fine', 'above', '-j', '1'], { cwd });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain('broken:stubdom-amd64: failed in phase script');
    expect(ran.stderr).toContain('fatal error: zlib.h: No such file or directory');
    expect(ran.stderr).toContain(
      'likely cause: the header zlib.h belongs to the recipe zlib, which broken:stubdom-amd64 does not declare',
    );
    expect(ran.stderr).toContain('help: write in its recipe: `needs: [zlib]`');
    expect(ran.stderr).toContain('--> recipes/broken.yaml (field needs)');
    expect(ran.stderr).toContain('above:stubdom-amd64: skipped (broken:stubdom-amd64 failed)');
    expect(ran.stderr).toMatch(/fine:stubdom-amd64: (done|fresh)/);
    const log = /log: (\S+)/.exec(ran.stderr)![1]!;
    expect(await readFile(log, 'utf8')).toContain('zlib.h');
    const shown = await stubforge(['log', 'broken', '-n', '3'], { cwd });
    expect(shown.stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(shown.stdout).toContain('compilation terminated');
    // The tree stays for a look, and the shell opens just there.
    const shell = await stubforge(['shell', 'broken', '-c', 'ls ../source'], { cwd });
    expect(shell.stdout).toContain('main.c');
  });

  test('--fail-fast starts nothing new after a failure', async () => {
    const cwd = await projectOf({
      'recipes/a-broken.yaml': program('a-broken', 'script: |\n  exit 3\n'),
      'recipes/a-broken/x': '',
      'recipes/b-fine.yaml': program('b-fine', 'script: |\n  true\n'),
      'recipes/b-fine/x': String(Date.now()),
      // What others wait for is built first, so that there is something left to skip.
      'recipes/c-above.yaml': program('c-above', 'needs: [a-broken]\nscript: |\n  true\n'),
      'recipes/c-above/x': '',
    });
    const words = ['build', 'a-broken', 'b-fine', 'c-above', '-j', '1', '--fail-fast'];
    const { value, exitCode } = await stubforgeJson<BuildValue>(words, { cwd });
    expect(exitCode).toBe(1);
    expect(value.failed).toEqual(['a-broken:stubdom-amd64']);
    expect(value.skipped.toSorted()).toEqual(['b-fine:stubdom-amd64', 'c-above:stubdom-amd64']);
  });

  test('what a recipe promises and does not install fails it', async () => {
    const cwd = await projectOf({
      'recipes/empty.yaml': program(
        'empty',
        'script: |\n  true\nprovides: { files: [usr/bin/empty], libraries: [libempty.a] }\n',
      ),
      'recipes/empty/x': '',
    });
    const ran = await stubforge(['build', 'empty'], { cwd });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain('empty did not install everything that its recipe provides');
    expect(ran.stderr).toContain('missing libraries: libempty.a');
    expect(ran.stderr).toContain('missing files: usr/bin/empty');
  });

  test('an unknown recipe or architecture is answered with the nearest one', async () => {
    const recipe = await stubforge(['build', 'zlibb']);
    expect(recipe.stderr).toContain("there is no recipe 'zlibb'");
    expect(recipe.stderr).toContain("did you mean 'zlib'?");
    const architecture = await stubforge(['build', 'zlib', '--arch', 'stubdom-amd46']);
    expect(architecture.exitCode).toBe(2);
    expect(architecture.stderr).toContain("did you mean 'stubdom-amd64'?");
  });

  test('Ctrl-C ends all children and leaves the store whole', async () => {
    const cwd = await projectOf({
      'recipes/quick.yaml': program('quick', 'script: |\n  echo "$source" > "$dest/quick"\n'),
      'recipes/quick/x': String(Date.now()),
      'recipes/slow.yaml': program(
        'slow',
        'needs: [quick]\nscript: |\n  sh -c "echo slow-started; exec sleep 4321" & wait\n',
      ),
      'recipes/slow/x': '',
    });
    const running = startStubforge(['build', 'slow'], { cwd });
    await running.seen((event) => event.type === 'phase-output' && event.line === 'slow-started');
    expect(await processesWith('4321')).toHaveLength(1);
    running.child.kill('SIGINT');
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(130);
    expect(await processesWith('4321')).toEqual([]);
    expect(stdout).toContain('stopped by SIGINT');
    // What was finished before is kept, nothing half-done is.
    const plan = await stubforge(['plan', 'slow'], { cwd });
    expect(plan.stdout).toMatch(/^fresh +quick:stubdom-amd64/m);
    expect(plan.stdout).toMatch(/^build +slow:stubdom-amd64/m);
    const outputs = await readdir(join(testState, 'store/outputs'));
    expect(outputs.filter((name) => name.includes('tmp'))).toEqual([]);
    expect(existsSync(join(testState, 'store/units/slow_stubdom-amd64.json'))).toBe(false);
  });
});

describe.skipIf(noCompiler)('two at once', () => {
  test('the same unit is built once, and the other process takes its output', async () => {
    const cwd = await projectOf({
      'recipes/shared.yaml': program(
        'shared',
        `script: |\n  ${waitToGo}; date +%s%N > "$dest/stamp"\n`,
      ),
      'recipes/shared/x': String(Date.now()),
    });
    const waiting =
      'shared:stubdom-amd64: waiting for another stubforge that is building it or has a shell open in it';
    const both = [1, 2].map(() => startStubforge<BuildValue>(['build', 'shared'], { cwd }));
    const isTold = (event: Event) => event.type === 'note' && event.message === waiting;
    await until(() => both.some(({ events }) => events.some(isTold)));
    await letGo('shared_stubdom-amd64');
    const [a, b] = await Promise.all(both.map(({ ended }) => ended));
    expect([a!.exitCode, b!.exitCode]).toEqual([0, 0]);
    const starts = [...ofType(a!.events, 'unit-start'), ...ofType(b!.events, 'unit-start')];
    expect(starts.map((event) => event.unit)).toEqual(['shared:stubdom-amd64']);
    expect(a!.value.outputs).toEqual(b!.value.outputs);
  });
});
