/** What a change rebuilds, and what stubforge says about it. */
import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planSelection } from '../../../src/app/planning.js';
import { selectUnits } from '../../../src/app/selection.js';
import { Session } from '../../../src/app/session.js';
import type { UnchangedAnswer } from '../../../src/app/unchanged-answer.js';
import type { Event } from '../../../src/events/event.js';
import type { Explanation } from '../../../src/plan/explain.js';
import { unitKey } from '../../../src/plan/unit-key.js';
import { findProject } from '../../../src/project/project.js';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson, testState } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const own = (name: string) => `${name}:stubdom-amd64`;

/** The units that were built, in their order. */
const built = (events: Event[]) =>
  events.flatMap((event) => (event.type === 'unit-done' ? [event.unit] : []));

/** A project whose zlib and self-test are its own to change. */
async function projectWithZlib(): Promise<{ cwd: string; add: (lines: string) => Promise<void> }> {
  const recipe = await readFile('recipes/zlib.yaml', 'utf8');
  const cwd = await temporaryTree({ 'recipes/zlib.yaml': recipe });
  return {
    cwd,
    add: (lines) => writeFile(join(cwd, 'recipes/zlib.yaml'), `${recipe}${lines}\n`),
  };
}

describe.skipIf(lacks('gcc', 'binutils', 'make', 'dpkg-dev'))('one line changes in zlib', () => {
  test('rebuilds nothing above where the output stays, only dependents where it changes', async () => {
    const { cwd, add } = await projectWithZlib();
    const build = () => stubforgeJson(['build', 'zlib-selftest', 'bzip2'], { cwd });
    const first = await build();
    expect(first.exitCode, first.stderr).toBe(0);

    // The summary and the memory of an image are no part of any key.
    await add('# nothing but a comment');
    expect(built((await build()).events)).toEqual([]);

    const stamp = String(Date.now());
    await add(`environment: { OF_NO_EFFECT: '${stamp}' }`);
    const why = await stubforge(['why', 'zlib-selftest'], { cwd });
    expect(why.stdout).toContain(`  after ${own('zlib-selftest-program')}\n`);
    expect(why.stdout).toMatch(
      new RegExp(`^  field environment\\.OF_NO_EFFECT: \\(none\\) → ${stamp}$`, 'm'),
    );
    const cutOff = await build();
    expect(built(cutOff.events)).toEqual([own('zlib')]);
    expect(cutOff.value).toEqual(first.value);

    // The archive is another one now, and so is what is linked with it.
    await add(`environment: { CFLAGS: '-O2 -g0 -DOF_EFFECT -fno-inline' }`);
    const change = await stubforgeJson(['build', 'zlib'], { cwd });
    expect(built(change.events)).toEqual([own('zlib')]);
    const { value } = await stubforgeJson<Explanation[]>(['why', 'zlib-selftest-program'], { cwd });
    expect(value[0]!.changes.map((each) => each.part)).toEqual([`output of ${own('zlib')}`]);
    const reached = await build();
    expect(built(reached.events)).toEqual([own('zlib-selftest-program'), own('zlib-selftest')]);
    const fresh = await stubforge(['why', 'zlib'], { cwd });
    expect(fresh.stdout.trim()).toBe(
      `${own('zlib')} is fresh: nothing has changed since its last build`,
    );
  });
});

describe.skipIf(lacks('gcc', 'binutils', 'lib32gcc-12-dev'))('all keys', () => {
  /** The key of every unit of a project, as far as it does not depend on outputs. */
  async function keysOf(directory: string): Promise<Record<string, string>> {
    const session = new Session({
      project: findProject({ directory, stateDir: await temporaryTree() }),
      offline: true,
      emit: () => {},
    });
    await using held = await session.holdStore('shared');
    const { graph, world } = await planSelection(
      session,
      held,
      await selectUnits(session, [], 'all'),
      {},
    );
    const keys: Record<string, string> = {};
    for (const unit of graph.values()) {
      keys[unit.name] = unitKey(unit, { ...(await world.inputs(unit)), outputs: {} }).key;
    }
    return keys;
  }

  test('stay as they are when the checkout moves and its files are touched', async () => {
    const moved = join(await temporaryTree(), 'another/checkout');
    for (const name of ['recipes', 'toolchains', 'stubforge.lock']) {
      await cp(resolve(name), join(moved, name), { recursive: true });
    }
    const keys = await keysOf(resolve('.'));
    expect(Object.keys(keys).length).toBeGreaterThan(40);
    expect(await keysOf(moved)).toEqual(keys);
    // The kernel's file is an input of the kernel alone, as long as its symbols stay.
    await appendFile(join(moved, 'toolchains/nub/kernel/boot/main.c'), '/* a word */\n');
    const changed = await keysOf(moved);
    const differing = Object.keys(keys).filter((name) => changed[name] !== keys[name]);
    expect(differing).toEqual(['nub:stubdom-amd64', 'nub:stubdom-i386']);
  });
});

describe.skipIf(lacks('gcc', 'binutils', 'make'))('a build with nothing to do', () => {
  interface Kept {
    stamps: Record<string, string>;
    value: UnchangedAnswer;
  }

  /** What the next one is answered from; undefined when there is none. */
  function noteOf(words: string[]) {
    const folder = join(testState, 'cache');
    return readdirSync(folder)
      .filter((name) => name.startsWith('unchanged-'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Kept)
      .find(({ value }) => value.words.join(' ') === words.join(' '));
  }

  test('is answered from a note that names every file which planning read', async () => {
    const witness = join(await temporaryTree(), 'witness');
    const words = ['build', 'hello', '-j', String(1000 + (Date.now() % 1000))];
    expect((await stubforge(['build', 'hello'])).exitCode).toBe(0);
    const ran = await stubforge(words, {
      environment: {
        NODE_OPTIONS: `--import=${resolve('test/support/witness.mjs')}`,
        WITNESS: witness,
      },
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const { stamps } = noteOf(words)!;
    const watched = (path: string) => Object.hasOwn(stamps, path);
    const watchedBelow = (path: string) =>
      Object.entries(stamps).some(([each, stamp]) => stamp !== '' && each.startsWith(`${path}/`));
    // Compiled code changes as a whole; what stubforge itself keeps is not read by anybody else.
    const own = [resolve('dist'), resolve('node_modules'), testState, '/proc', '/dev'];
    const missed = (await readFile(witness, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => ({ kind: line.split(' ')[0], path: line.slice(line.indexOf(' ') + 1) }))
      .filter(({ path }) => !own.some((folder) => `${path}/`.startsWith(`${folder}/`)))
      // Whether there is such a file, its folder tells as well, and so does what is in it.
      .filter(
        ({ kind, path }) =>
          !watched(path) && !(kind === 'ask' && (watched(dirname(path)) || watchedBelow(path))),
      )
      // Modules look for the package.json files above them.
      .filter(({ path }) => !path.endsWith('/package.json'));
    expect(missed).toEqual([]);
  });

  test('is planned again when a file changes that it looked at, and only then', async () => {
    const { cwd, add } = await projectWithZlib();
    const build = async () => {
      const ran = await stubforge(['build', 'zlib'], { cwd });
      return { ...ran, stderr: ran.stderr.replace(/ in [0-9.]+ s$/m, '') };
    };
    await build();
    const first = await build();
    expect(await build()).toEqual(first);
    await add('environment: { OF_NO_EFFECT: again }');
    expect((await build()).stderr).toMatch(/^zlib:stubdom-amd64: (done|fresh)/m);
    await add('nonsense: 1');
    const broken = await build();
    expect(broken.exitCode).toBe(1);
    expect(broken.stderr).toContain("unknown field 'nonsense'");
  });
});

describe.skipIf(lacks('gcc', 'binutils', 'make'))('libraries and the kernel', () => {
  test('a library links with every symbol of the kernel, and holds nothing of it', async () => {
    const cwd = await temporaryTree({
      'recipes/probe.yaml': [
        'name: probe',
        'summary: a test',
        'source: { local: probe }',
        'build: script',
        'script: |',
        '  cd "$build"',
        '  "$CC" "$source/main.c" -o main',
        '  ! "$CC" "$source/lacks.c" -o lacks 2> complaint',
        '  grep -q "undefined reference to .no_such_call" complaint',
        '  touch "$dest/linked"',
        'provides: { files: [linked] }',
        '',
      ].join('\n'),
      'recipes/probe/main.c':
        '#include <pthread.h>\nint main(void) { return pthread_create(0, 0, 0, 0); }\n',
      'recipes/probe/lacks.c':
        'int no_such_call(void); int main(void) { return no_such_call(); }\n',
      'recipes/linked.yaml': [
        'name: linked',
        'summary: a library that installs a program',
        'source: { local: probe }',
        'build: script',
        'script: |',
        '  "$CC" "$source/main.c" -o "$dest/main"',
        '  touch "$dest/kept"',
        '',
      ].join('\n'),
    });
    const { value, exitCode, stderr } = await stubforgeJson<{
      outputs: Record<string, { output: string }>;
    }>(['build', 'probe', 'linked'], { cwd });
    expect(exitCode, stderr).toBe(0);
    // What was linked without the kernel is not handed on.
    expect(await readdir(value.outputs[own('linked')]!.output)).toEqual(['kept']);
    const log = await stubforge(['log', 'linked', '-n', '3'], { cwd });
    expect(log.stdout).toContain(
      "left out main: the programs of a library have no kernel; those of 'kind: program' have one",
    );
  });
});
