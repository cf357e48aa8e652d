import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { expandPhases, readBuildSystem } from '../../../src/recipe/build-system.js';
import { reservedFields } from '../../../src/recipe/kinds/recipe-forms.js';
import { engineValues, placeholders } from '../../../src/recipe/placeholders.js';
import { loadRecipes } from '../../../src/recipe/recipe-set.js';
import { splitWords } from '../../../src/util/shell-text.js';
import { diagnosticsIn, thrownBy, writeTree } from '../../support/recipe-project.js';

const system = (text: string) => {
  const root = writeTree({ 'build-systems/x.yaml': text });
  return { root, read: () => readBuildSystem(join(root, 'build-systems/x.yaml'), reservedFields) };
};
const head = 'name: x\nsummary: for tests\n';

describe('what is wrong with a build system', () => {
  const diagnosticsOf = async (text: string) => {
    const { root, read } = system(text);
    return thrownBy(read, root);
  };
  test('a value that nobody gives', async () => {
    expect(
      await diagnosticsOf(`${head}phases:\n  - name: build\n    run: |\n      make {{jobz}}\n`),
    ).toMatchInlineSnapshot(`
      "
      error: there is no value 'jobz'
        --> build-systems/x.yaml:6:12 (field phases[0].run)
        |
      6 |       make {{jobz}}
        |            ^^^^^^^^
        help: did you mean 'jobs'?
      "
    `);
  });
  test('the second of two equal values inside of quotes', async () => {
    const text = `${head}phases:\n  - name: build\n    run: |\n      echo {{dest}}\n      echo "to {{dest}}"\n`;
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: {{dest}} is inside quotes, but is quoted already
        --> build-systems/x.yaml:7:16 (field phases[0].run)
        |
      7 |       echo "to {{dest}}"
        |                ^^^^^^^^
        help: move it out of the quotes, e.g. into a variable: value={{dest}}
      "
    `);
  });
  test('a number of jobs where the run has tokens for them', async () => {
    const text = `${head}phases:\n  - name: build\n    jobs: make\n    run: |\n      make -j{{jobs}} all\n`;
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: with -j{{jobs}}, make would ignore the job tokens of the run
        --> build-systems/x.yaml:7:12 (field phases[0].run)
        |
      7 |       make -j{{jobs}} all
        |            ^^^^^^^^^^
        help: remove it: a phase with 'jobs: make' gets its job tokens from stubforge
      "
    `);
  });
  test('a tool that knows no tokens', async () => {
    const text = `${head}phases:\n  - name: build\n    jobs: scons\n    run: scons\n`;
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: expected one of make, ninja, found 'scons'
        --> build-systems/x.yaml:5:11 (field phases[0].jobs)
        |
      5 |     jobs: scons
        |           ^^^^^
      "
    `);
  });
  test('a list within a word', async () => {
    const text = `${head}inputs:\n  flags: { summary: x }\nphases:\n  - name: build\n    run: make CFLAGS={{flags}}\n`;
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: {{flags}} is a list of words and cannot be part of another word
        --> build-systems/x.yaml:7:22 (field phases[0].run)
        |
      7 |     run: make CFLAGS={{flags}}
        |                      ^^^^^^^^^
        help: put blanks around it
      "
    `);
  });
  test('an input with the name of a field of every recipe', async () => {
    const text = `${head}inputs:\n  needs: { summary: x }\nphases: [{ name: a, run: 'true' }]\n`;
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: an input cannot be called 'needs': that is a field of every recipe
        --> build-systems/x.yaml:4:3 (field inputs.needs)
        |
      4 |   needs: { summary: x }
        |   ^^^^^
        help: give it another name
      "
    `);
  });
  test('an input with the name of a value of the build', async () => {
    const text = `${head}inputs:\n  triple: { summary: x }\nphases: [{ name: a, run: 'true' }]\n`;
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: an input cannot be called 'triple': that is a value of the build
        --> build-systems/x.yaml:4:3 (field inputs.triple)
        |
      4 |   triple: { summary: x }
        |   ^^^^^^
        help: give it another name
      "
    `);
  });
  test('a field by the name that it had in earlier versions', async () => {
    const text = 'name: x\nsummary: y\nhost-tools: [make]\nphases: [{ name: a, run: make }]\n';
    expect(await diagnosticsOf(text)).toContain(
      "the field 'host-tools' is called 'build-tools' now",
    );
  });
  test('no phases, an unknown field, a wrong name', async () => {
    expect(await diagnosticsOf('name: x\nsummary: y\nphase: []\n')).toMatchInlineSnapshot(`
      "
      error: the field 'phases' is missing
        --> build-systems/x.yaml
        help: add 'phases: …'
      error: unknown field 'phase'
        --> build-systems/x.yaml:3:1 (field phase)
        |
      3 | phase: []
        | ^^^^^
        help: did you mean 'phases'?
      "
    `);
    expect(
      await diagnosticsOf("name: y\nsummary: y\nphases: [{ name: a, run: 'true' }]\n"),
    ).toMatchInlineSnapshot(`
      "
      error: the name 'y' does not match the name of the file
        --> build-systems/x.yaml:1:7 (field name)
        |
      1 | name: y
        |       ^
        help: write 'name: x', or rename the file to y.yaml
      "
    `);
  });
  test('is told with the recipes that want it', async () => {
    expect(
      await diagnosticsIn({
        'recipes/build-systems/bad.yaml': 'name: bad\nsummary: x\n',
        'recipes/a.yaml': 'name: a\nsummary: x\nsource: { debian: liba }\nbuild: bad\n',
      }),
    ).toMatchInlineSnapshot(`
      "
      error: the field 'phases' is missing
        --> recipes/build-systems/bad.yaml
        help: add 'phases: …'
      error: there is a mistake in the build system 'bad'
        --> recipes/a.yaml:4:8 (field build)
        |
      4 | build: bad
        |        ^^^
        help: find it with: stubforge lint
      "
    `);
  });
});

describe('placeholders', () => {
  test('know whether they are quoted and stand alone', () => {
    const script = `# it's {{a}}\ncc {{b}} -o{{c}} "{{d}}" '{{e}}' \\"{{f}} ($(x {{g}}))`;
    expect(placeholders(script).map(({ name, quoted, alone }) => [name, quoted, alone])).toEqual([
      ['b', false, true],
      ['c', false, false],
      ['d', true, false],
      ['e', true, false],
      ['f', false, false],
      ['g', false, true],
    ]);
  });
});

describe('phases', () => {
  const hostile = [
    '; touch /tmp/pwned',
    '$(id)',
    '`id`',
    "it's",
    'a  b',
    '',
    '*',
    '-n',
    'two\nlines',
    '\\',
  ];
  const run = (script: string) =>
    execFileSync('/bin/sh', ['-euc', script], { encoding: 'utf8' }).split('\0').slice(0, -1);

  test('every value reaches the command as the words that it was', () => {
    const { read } = system(
      `${head}inputs:\n  words: { summary: x }\n  text: { summary: x, type: text }\nphases:\n  - name: show\n    run: |\n      printf '%s\\0' {{words}} --dest={{dest}} {{text}} {{jobs}}\n`,
    );
    const [phase] = expandPhases(
      read(),
      { inputs: { words: hostile, text: ["it's $text"] } },
      { dest: "/a b'c", jobs: '2' },
    );
    expect(run(phase!.script)).toEqual([...hostile, "--dest=/a b'c", "it's $text", '2']);
  });

  test('an empty list is no word, and a value that the engine leaves out is an empty one', () => {
    const { read } = system(
      `${head}inputs:\n  words: { summary: x }\nphases:\n  - name: show\n    run: printf '%s\\0' {{words}} {{triple}}\n`,
    );
    const [phase] = expandPhases(read(), { inputs: {} }, {});
    expect(run(phase!.script)).toEqual(['']);
  });

  test('words of recipes may use the values of the build, and stay one word', () => {
    const { read } = system(
      `${head}inputs:\n  words: { summary: x }\nphases:\n  - name: show\n    run: printf '%s\\0' {{words}}\n`,
    );
    const words = ['--target={{triple}}', '{{ dest }}/{{dest}}'];
    const [phase] = expandPhases(read(), { inputs: { words } }, { triple: 'a-b-c', dest: '/x $y' });
    expect(run(phase!.script)).toEqual(['--target=a-b-c', '/x $y//x $y']);
  });
});

test('stubforge’s own build systems and recipes have no problems', async () => {
  const recipes = await loadRecipes({
    recipeDirs: [join(packageRoot, 'recipes')],
    toolchainDirs: [join(packageRoot, 'toolchains')],
  });
  expect([...recipes.buildSystems.systems.keys()]).toEqual(
    expect.arrayContaining(['autotools', 'configure', 'make', 'meson', 'cmake', 'script']),
  );
  expect(recipes.names).toEqual(expect.arrayContaining(['zlib', 'hello', 'zlib-selftest']));
  expect(recipes.diagnostics).toEqual([]);
});

test('the README of the recipes lists every value of the build', () => {
  const readme = readFileSync(join(packageRoot, 'recipes/README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| (`[a-z`, -]+`) \|/gm)].flatMap((row) =>
    row[1]!.split(', ').map((name) => name.slice(1, -1)),
  );
  expect(listed.sort()).toEqual(Object.keys(engineValues).sort());
});

describe('splitting a command line', () => {
  test.each([
    ['', []],
    ['a  b\tc', ['a', 'b', 'c']],
    [`'a b'"c d"e`, ['a bc de']],
    [`"a\\"b\\\\c\\$d\\e"`, ['a"b\\c$d\\e']],
    [`'' ""`, ['', '']],
    ['a\\ b', ['a b']],
  ])('%j', (text, words) => {
    expect(splitWords(text)).toEqual(words);
    // The shell itself is the judge.
    const printed = execFileSync('/bin/sh', ['-c', `printf '%s\\0' x ${text}`], {
      encoding: 'utf8',
    });
    expect(printed.split('\0').slice(1, -1)).toEqual(words);
  });
  test.each(["'", '"a', 'a\\', '"\\"'])('%j is refused', (text) => {
    expect(() => splitWords(text)).toThrow(SyntaxError);
  });
});
