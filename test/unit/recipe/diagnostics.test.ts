import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRecipes } from '../../../src/recipe/recipe-set.js';
import { UserError } from '../../../src/util/diagnostic.js';
import {
  architectures,
  diagnosticsIn,
  recipe,
  recipesOf,
  thrownBy,
  writeTree,
} from '../../support/recipe-project.js';

/** The problems of a project with the one recipe `a`. */
const diagnosticsOf = (text: string | Uint8Array) => diagnosticsIn({ 'recipes/a.yaml': text });

describe('files that are no YAML documents', () => {
  test('a syntax error', async () => {
    expect(await diagnosticsOf('name: a\nsummary: [one\n')).toMatchInlineSnapshot(`
      "
      error: not valid YAML: an earlier [ is not closed by ]
        --> recipes/a.yaml:3:1
        |
      3 | 
        | ^
      "
    `);
  });
  test('a tab as indentation', async () => {
    expect(await diagnosticsOf('name: a\nsource:\n\tdebian: a\n')).toMatchInlineSnapshot(`
      "
      error: not valid YAML: Tabs are not allowed as indentation
        --> recipes/a.yaml:3:1
        |
      3 | 	debian: a
        | ^
      "
    `);
  });
  test('a repeated field, told together with other problems', async () => {
    expect(await diagnosticsOf(recipe('a', 'name: b\nneds: []\n'))).toMatchInlineSnapshot(`
      "
      error: the field 'name' is given twice
        --> recipes/a.yaml:5:1
        |
      5 | name: b
        | ^^^^
        help: keep one of them
      error: unknown field 'neds'
        --> recipes/a.yaml:6:1 (field neds)
        |
      6 | neds: []
        | ^^^^
        help: did you mean 'needs'?
      "
    `);
  });
  test('several documents', async () => {
    expect(await diagnosticsOf(`${recipe('a')}---\n${recipe('b')}`)).toMatchInlineSnapshot(`
      "
      error: the file contains several YAML documents
        --> recipes/a.yaml:5:1
        |
      5 | ---
        | ^^^
        help: keep one document per file
      "
    `);
  });
  test('an empty file', async () => {
    expect(await diagnosticsOf('# only a comment\n')).toMatchInlineSnapshot(`
      "
      error: the file is empty
        --> recipes/a.yaml
      "
    `);
  });
  test('bytes that are not UTF-8', async () => {
    const bytes = Buffer.from('name: a\nsummary: caf\xe9\n', 'latin1');
    expect(await diagnosticsOf(bytes)).toMatchInlineSnapshot(`
      "
      error: the file is not UTF-8 text
        --> recipes/a.yaml:2
        help: save it as UTF-8
      "
    `);
  });
  test('a file that is too large', async () => {
    expect(await diagnosticsOf(`# ${'x'.repeat(300_000)}\n`)).toMatchInlineSnapshot(`
      "
      error: the file has 300003 bytes; at most 262144 are allowed
        --> recipes/a.yaml
        help: move long scripts and data into files of their own
      "
    `);
  });
  test('aliases that stand for a billion words', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 10; level++) {
      const alias = `*a${level - 1}`;
      lines.push(`a${level}: &a${level} [${Array(9).fill(alias).join(', ')}]`);
    }
    expect(await diagnosticsOf(lines.join('\n'))).toMatchInlineSnapshot(`
      "
      error: the aliases (*name) of the file expand to too much
        --> recipes/a.yaml
        help: write the values out
      "
    `);
  });
  test('an alias of nothing', async () => {
    expect(await diagnosticsOf(recipe('a', 'needs: [*b]\n'))).toMatchInlineSnapshot(`
      "
      error: '*b' is an alias, but no '&b' comes before it
        --> recipes/a.yaml:5:9
        |
      5 | needs: [*b]
        |         ^^
        help: put words that start with * in quotes
      "
    `);
  });
  test('brackets nested without end', async () => {
    expect(await diagnosticsOf('['.repeat(100_000))).toMatchInlineSnapshot(`
      "
      error: lists and maps are nested too deeply
        --> recipes/a.yaml
      "
    `);
  });
  test('a folder with the name of a recipe', async () => {
    expect(await diagnosticsIn({ 'recipes/a.yaml/x': '' })).toMatchInlineSnapshot(`
      "
      error: not a regular file
        --> recipes/a.yaml
      "
    `);
  });
  test('control characters do not reach the terminal', async () => {
    expect(await diagnosticsOf('name: "\u001b[31m"\n')).not.toContain('\u001b');
  });
});

describe('fields', () => {
  test('an unknown field', async () => {
    expect(await diagnosticsOf(recipe('a', 'enviroment: {}\n'))).toMatchInlineSnapshot(`
      "
      error: unknown field 'enviroment'
        --> recipes/a.yaml:5:1 (field enviroment)
        |
      5 | enviroment: {}
        | ^^^^^^^^^^
        help: did you mean 'environment'?
      "
    `);
  });
  test('fields by the names that they had in earlier versions', async () => {
    const text = recipe('a', 'host-tools: [bison]\nstubdom-amd64: { yields: { files: [a] } }\n');
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: the field 'host-tools' is called 'build-tools' now
        --> recipes/a.yaml:5:1 (field host-tools)
        |
      5 | host-tools: [bison]
        | ^^^^^^^^^^
        help: rename it to 'build-tools'
      error: the field 'yields' is called 'provides' now
        --> recipes/a.yaml:6:18 (field stubdom-amd64.yields)
        |
      6 | stubdom-amd64: { yields: { files: [a] } }
        |                  ^^^^^^
        help: rename it to 'provides'
      "
    `);
  });
  test('an unknown field within a field', async () => {
    expect(
      await diagnosticsOf(recipe('a', 'provides: { pkg-config: [a] }\n')),
    ).toMatchInlineSnapshot(`
      "
      error: unknown field 'pkg-config'
        --> recipes/a.yaml:5:13 (field provides.pkg-config)
        |
      5 | provides: { pkg-config: [a] }
        |             ^^^^^^^^^^
        help: did you mean 'pkgconfig'?
      "
    `);
  });
  test('a misspelt input of the build system', async () => {
    expect(await diagnosticsOf(recipe('a', 'configur: [--x]\n'))).toMatchInlineSnapshot(`
      "
      error: unknown field 'configur'
        --> recipes/a.yaml:5:1 (field configur)
        |
      5 | configur: [--x]
        | ^^^^^^^^
        help: did you mean 'configure'?
      "
    `);
  });
  test('an unknown field in the block of an architecture', async () => {
    const text = recipe('a', 'stubdom-i386:\n  configure: [--x]\n  nedes: [b]\n');
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: unknown field 'nedes'
        --> recipes/a.yaml:7:3 (field stubdom-i386.nedes)
        |
      7 |   nedes: [b]
        |   ^^^^^
        help: did you mean 'needs'?
      "
    `);
  });
  test('a misspelt architecture', async () => {
    expect(await diagnosticsOf(recipe('a', 'stubdom-x86: { make: [x] }\n'))).toMatchInlineSnapshot(`
      "
      error: unknown field 'stubdom-x86'
        --> recipes/a.yaml:5:1 (field stubdom-x86)
        |
      5 | stubdom-x86: { make: [x] }
        | ^^^^^^^^^^^
        help: did you mean 'stubdom-i386'?
      "
    `);
  });
  test('missing fields', async () => {
    expect(await diagnosticsOf('name: a\n')).toMatchInlineSnapshot(`
      "
      error: the field 'summary' is missing
        --> recipes/a.yaml
        help: add 'summary: …'
      error: the field 'source' is missing
        --> recipes/a.yaml
        help: add 'source: …'
      error: the field 'build' is missing
        --> recipes/a.yaml
        help: add 'build: …'
      "
    `);
  });
  test('a missing field within a field', async () => {
    const text = recipe('a', 'patches:\n  - file: a/x.patch\n');
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: the field 'reason' is missing
        --> recipes/a.yaml:6:5 (field patches[0])
        |
      6 |   - file: a/x.patch
        |     ^^^^^^^^^^^^^^^
        help: add 'reason: …'
      "
    `);
  });
  test('a number where text belongs', async () => {
    expect(await diagnosticsOf(recipe('a', 'configure: [--level, 9]\n'))).toMatchInlineSnapshot(`
      "
      error: expected text, found the number 9
        --> recipes/a.yaml:5:22 (field configure[1])
        |
      5 | configure: [--level, 9]
        |                      ^
        help: put it in quotes
      "
    `);
  });
  test('text where a list belongs', async () => {
    expect(await diagnosticsOf(recipe('a', 'configure: --disable-x\n'))).toMatchInlineSnapshot(`
      "
      error: expected a list, found '--disable-x'
        --> recipes/a.yaml:5:12 (field configure)
        |
      5 | configure: --disable-x
        |            ^^^^^^^^^^^
        help: write it as a list: [--disable-x]
      "
    `);
  });
  test('an unknown kind', async () => {
    expect(await diagnosticsOf(recipe('a', 'kind: libary\n'))).toMatchInlineSnapshot(`
      "
      error: expected one of library, program, tool, found 'libary'
        --> recipes/a.yaml:5:7 (field kind)
        |
      5 | kind: libary
        |       ^^^^^^
        help: did you mean 'library'?
      "
    `);
  });
  test('an unknown build system', async () => {
    const text = recipe('a').replace('plain', 'plane');
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: there is no build system 'plane'
        --> recipes/a.yaml:4:8 (field build)
        |
      4 | build: plane
        |        ^^^^^
        help: did you mean 'plain'?
      "
    `);
  });
  test('an unknown kind of source', async () => {
    const text = 'name: a\nsummary: x\nsource: { debain: a }\nbuild: plain\n';
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: unknown field 'debain'
        --> recipes/a.yaml:3:11 (field source.debain)
        |
      3 | source: { debain: a }
        |           ^^^^^^
        help: did you mean 'debian'?
      "
    `);
  });
  test('a source of two kinds at once', async () => {
    const text = `name: a\nsummary: x\nsource: { debian: liba, sha256: ${'0'.repeat(64)} }\nbuild: plain\n`;
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: the field 'sha256' cannot be combined with the others here
        --> recipes/a.yaml:3:25 (field source.sha256)
        |
      3 | source: { debian: liba, sha256: 0000000000000000000000000000000000000000000000000000000000000000 }
        |                         ^^^^^^
      "
    `);
  });
  test('a source without its hash', async () => {
    const text =
      'name: a\nsummary: x\nsource: { url: "https://example.org/a.tar.gz" }\nbuild: plain\n';
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: the field 'sha256' is missing
        --> recipes/a.yaml:3:1 (field source)
        |
      3 | source: { url: "https://example.org/a.tar.gz" }
        | ^^^^^^
        help: add 'sha256: …'
      "
    `);
  });
  test('a short commit hash', async () => {
    const text =
      'name: a\nsummary: x\nsource:\n  git: https://example.org/a.git\n  commit: 1234abc\nbuild: plain\n';
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: expected a whole commit hash of 40 lower-case hexadecimal digits
        --> recipes/a.yaml:5:11 (field source.commit)
        |
      5 |   commit: 1234abc
        |           ^^^^^^^
      "
    `);
  });
  test('an environment variable that is none', async () => {
    expect(await diagnosticsOf(recipe('a', 'environment: { A-B: c }\n'))).toMatchInlineSnapshot(`
      "
      error: not a valid name for an environment variable
        --> recipes/a.yaml:5:16 (field environment.A-B)
        |
      5 | environment: { A-B: c }
        |                ^^^
      "
    `);
  });
  test('a limit in an unknown unit, and one that is none', async () => {
    const text = recipe('a', 'limits: { time: 2hours, memroy: 1GiB }\n');
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: expected a time with its unit, s, min or h, e.g. 90s
        --> recipes/a.yaml:5:17 (field limits.time)
        |
      5 | limits: { time: 2hours, memroy: 1GiB }
        |                 ^^^^^^
      error: unknown field 'memroy'
        --> recipes/a.yaml:5:25 (field limits.memroy)
        |
      5 | limits: { time: 2hours, memroy: 1GiB }
        |                         ^^^^^^
        help: did you mean 'memory'?
      "
    `);
  });
  test('a value that the build does not know', async () => {
    const text = recipe('a', 'configure: ["--host={{tripel}}"]\n');
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: there is no value 'tripel'
        --> recipes/a.yaml:5:13 (field configure[0])
        |
      5 | configure: ["--host={{tripel}}"]
        |             ^^^^^^^^^^^^^^^^^^^
        help: did you mean 'triple'?
      "
    `);
  });
  test('a whole document that is no map', async () => {
    expect(await diagnosticsOf('- a\n- b\n')).toMatchInlineSnapshot(`
      "
      error: expected a map of fields, found a list
        --> recipes/a.yaml:1:1
        |
      1 | - a
        | ^^^
      "
    `);
  });
  test('empty texts and words', async () => {
    expect(
      await diagnosticsOf(recipe('a', "script: ''\nconfigure: ['']\n")),
    ).toMatchInlineSnapshot(`
      "
      error: the text is empty; leave the field out instead
        --> recipes/a.yaml:5:9 (field script)
        |
      5 | script: ''
        |         ^^
      error: a word cannot be empty
        --> recipes/a.yaml:6:13 (field configure[0])
        |
      6 | configure: ['']
        |             ^^
      "
    `);
  });
  test('the same name twice', async () => {
    expect(
      await diagnosticsOf(recipe('a', 'build-tools: [bison, flex, bison]\n')),
    ).toMatchInlineSnapshot(`
      "
      error: 'bison' is given twice
        --> recipes/a.yaml:5:28 (field build-tools[2])
        |
      5 | build-tools: [bison, flex, bison]
        |                            ^^^^^
      "
    `);
  });
  test('more than any machine has', async () => {
    const text = recipe('a', 'limits: { memory: 9999999GiB, time: 1000000h, processes: 9e9 }\n');
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: expected a size below 1000000GiB
        --> recipes/a.yaml:5:19 (field limits.memory)
        |
      5 | limits: { memory: 9999999GiB, time: 1000000h, processes: 9e9 }
        |                   ^^^^^^^^^^
      error: expected a time below 1000h
        --> recipes/a.yaml:5:37 (field limits.time)
        |
      5 | limits: { memory: 9999999GiB, time: 1000000h, processes: 9e9 }
        |                                     ^^^^^^^^
      error: expected at most 4194304 processes
        --> recipes/a.yaml:5:58 (field limits.processes)
        |
      5 | limits: { memory: 9999999GiB, time: 1000000h, processes: 9e9 }
        |                                                          ^^^
      "
    `);
  });
  test('a script that fits into no command line', async () => {
    const words = Array.from({ length: 12 }, () => `"${'x'.repeat(9_000)}"`).join(', ');
    expect(
      (await diagnosticsOf(recipe('a', `configure: [${words}]\n`))).replace(/x+/g, 'x…'),
    ).toMatchInlineSnapshot(`
      "
      error: the phase build would be a script of 108024 bytes, but a command line has room for 100000
        --> recipes/a.yaml:5:12 (field configure)
        help: move tex…t into files in the recipe's folder: {{recipe-dir}}/<name>/
      "
    `);
  });
  test('an architecture with the name of a field', async () => {
    const root = writeTree({
      'toolchains/odd/toolchain.yaml': 'architectures:\n  build-tools: {}\n  os-cpu: {}\n',
    });
    const recipes = await loadRecipes({
      recipeDirs: [],
      toolchainDirs: [join(root, 'toolchains')],
    });
    expect(recipes.architectures).toEqual(['os-cpu']);
    expect(recipes.diagnostics.map((each) => each.message)).toEqual([
      "an architecture cannot be called 'build-tools': that is a field of recipes",
    ]);
  });
  test('a key called __proto__', async () => {
    expect(await diagnosticsOf(recipe('a', '__proto__: { x: 1 }\n'))).toContain(
      "a field cannot be called '__proto__'",
    );
  });
});

describe('images', () => {
  const image = (more: string) =>
    diagnosticsIn({
      'recipes/a.yaml': `name: a\nkind: image\nsummary: x\nprogram: { recipe: p, file: usr/bin/p }\n${more}`,
      'recipes/p.yaml': recipe('p', 'kind: program\n'),
    });
  test('a whole one has no problems', async () => {
    expect((await image('')).trim()).toBe('');
  });
  test('no kind, but a program', async () => {
    const text = 'name: a\nsummary: x\nprogram: { recipe: a, file: a }\n';
    expect(await diagnosticsOf(text)).toMatchInlineSnapshot(`
      "
      error: the field 'kind' is missing
        --> recipes/a.yaml
        help: add 'kind: image'
      "
    `);
  });
  test('memory without its unit', async () => {
    expect(await image('memory: 64\n')).toMatchInlineSnapshot(`
      "
      error: expected a size with its unit, KiB, MiB or GiB, e.g. 64MiB
        --> recipes/a.yaml:5:9 (field memory)
        |
      5 | memory: 64
        |         ^^
      "
    `);
    expect(await image('memory: 64M\n')).toMatchInlineSnapshot(`
      "
      error: expected a size with its unit, KiB, MiB or GiB, e.g. 64MiB
        --> recipes/a.yaml:5:9 (field memory)
        |
      5 | memory: 64M
        |         ^^^
      "
    `);
  });
  test('a mode that YAML takes for a decimal number', async () => {
    expect(
      await image('files: [{ from: usr/x, recipe: p, to: /x, mode: 0755 }]\n'),
    ).toMatchInlineSnapshot(`
      "
      error: expected a mode of three octal digits in quotes, e.g. '755'
        --> recipes/a.yaml:5:49 (field files[0].mode)
        |
      5 | files: [{ from: usr/x, recipe: p, to: /x, mode: 0755 }]
        |                                                 ^^^^
      "
    `);
  });
  test('an expectation that is no regular expression', async () => {
    expect(await image("expect: 'done ('\n")).toMatchInlineSnapshot(`
      "
      error: not a valid regular expression: Unterminated group
        --> recipes/a.yaml:5:9 (field expect)
        |
      5 | expect: 'done ('
        |         ^^^^^^^^
      "
    `);
  });
  test('a command line with an open quote', async () => {
    expect(await image('cmdline: -v "two words\n')).toMatchInlineSnapshot(`
      "
      error: cannot split this into words: a double quote is not closed
        --> recipes/a.yaml:5:10 (field cmdline)
        |
      5 | cmdline: -v "two words
        |          ^^^^^^^^^^^^^
      "
    `);
  });
  test('a file for a place that is not absolute, or leaves the root', async () => {
    expect(await image('files: [{ from: usr/x, recipe: p, to: etc/x }]\n')).toMatchInlineSnapshot(`
      "
      error: expected an absolute path as the guest sees it, e.g. /etc/motd
        --> recipes/a.yaml:5:39 (field files[0].to)
        |
      5 | files: [{ from: usr/x, recipe: p, to: etc/x }]
        |                                       ^^^^^
      "
    `);
    expect(
      await image('files: [{ from: usr/x, recipe: p, to: /etc/../../x }]\n'),
    ).toMatchInlineSnapshot(`
      "
      error: expected an absolute path as the guest sees it, e.g. /etc/motd
        --> recipes/a.yaml:5:39 (field files[0].to)
        |
      5 | files: [{ from: usr/x, recipe: p, to: /etc/../../x }]
        |                                       ^^^^^^^^^^^^
      "
    `);
  });
  test('a file that is not there', async () => {
    expect(await image('files: [{ from: a/motd, to: /etc/motd }]\n')).toMatchInlineSnapshot(`
      "
      error: there is no file or folder 'a/motd'
        --> recipes/a.yaml:5:17 (field files[0].from)
        |
      5 | files: [{ from: a/motd, to: /etc/motd }]
        |                 ^^^^^^
      "
    `);
  });
  test('a program that is an image', async () => {
    expect(
      await diagnosticsOf('name: a\nkind: image\nsummary: x\nprogram: { recipe: a, file: a }\n'),
    ).toMatchInlineSnapshot(`
      "
      error: an image cannot hold 'a', which is an image
        --> recipes/a.yaml:4:20 (field program.recipe)
        |
      4 | program: { recipe: a, file: a }
        |                    ^
      error: these recipes need each other: a → a
        --> recipes/a.yaml:4:20 (field program.recipe)
        |
      4 | program: { recipe: a, file: a }
        |                    ^
        a needs a at recipes/a.yaml:4:20
        help: remove one of these needs
      "
    `);
  });
});

describe('names', () => {
  test('a name that is not its file’s', async () => {
    expect(await diagnosticsOf(recipe('b'))).toMatchInlineSnapshot(`
      "
      error: the name 'b' does not match the name of the file
        --> recipes/a.yaml:1:7 (field name)
        |
      1 | name: b
        |       ^
        help: write 'name: a', or rename the file to b.yaml
      "
    `);
  });
  test('two recipes of one name in a project', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a'),
      'toolchains/nub/recipes/a.yaml': recipe('a', 'bootstrap: true\n'),
    });
    expect(text).toMatchInlineSnapshot(`
      "
      error: there are two recipes 'a'
        --> toolchains/nub/recipes/a.yaml
        the other one is recipes/a.yaml
        help: rename one of them: its file and its field 'name'
      "
    `);
  });
  test('a recipe that ends in .yml', async () => {
    expect(await diagnosticsIn({ 'recipes/a.yml': recipe('a') })).toMatchInlineSnapshot(`
      "
      error: only files that end in .yaml are read as recipes
        --> recipes/a.yml
        help: rename it to a.yaml
      "
    `);
  });
  test('an unknown recipe, asked for by name', async () => {
    const { root, recipes } = await recipesOf({ 'recipes/zlib.yaml': recipe('zlib') });
    expect(
      await thrownBy(() => recipes.evaluate('zlip', 'stubdom-amd64'), root),
    ).toMatchInlineSnapshot(`
      "
      error: there is no recipe 'zlip'
        help: did you mean 'zlib'?
      "
    `);
  });
  test('an unknown architecture, asked for by name', async () => {
    const { root, recipes } = await recipesOf({ 'recipes/zlib.yaml': recipe('zlib') });
    expect(
      await thrownBy(() => recipes.evaluate('zlib', 'stubdom-amd46'), root),
    ).toMatchInlineSnapshot(`
      "
      error: there is no architecture 'stubdom-amd46'
        help: did you mean 'stubdom-amd64'?
      "
    `);
  });
  test('an architecture that the recipe is not for', async () => {
    const { root, recipes } = await recipesOf({
      'recipes/a.yaml': recipe('a', 'architectures: [stubdom-amd64]\n'),
    });
    expect(
      await thrownBy(() => recipes.evaluate('a', 'stubdom-i386'), root),
    ).toMatchInlineSnapshot(`
      "
      error: a is not for stubdom-i386
        --> recipes/a.yaml:5:16 (field architectures)
        |
      5 | architectures: [stubdom-amd64]
        |                ^^^^^^^^^^^^^^^
        help: choose an architecture that it is for: stubdom-amd64
      "
    `);
  });
  test('a block for an architecture that the recipe is not for', async () => {
    const more = 'architectures: [stubdom-amd64]\nstubdom-i386: { make: [x] }\n';
    expect(await diagnosticsOf(recipe('a', more))).toMatchInlineSnapshot(`
      "
      error: the recipe is not for stubdom-i386, so this block is never used
        --> recipes/a.yaml:6:1 (field stubdom-i386)
        |
      6 | stubdom-i386: { make: [x] }
        | ^^^^^^^^^^^^
        help: remove the block, or add stubdom-i386 to 'architectures'
      "
    `);
  });
});

describe('needs', () => {
  test('an unknown recipe', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a', 'needs:\n  - zlip\n'),
      'recipes/zlib.yaml': recipe('zlib'),
    });
    expect(text).toMatchInlineSnapshot(`
      "
      error: there is no recipe 'zlip'
        --> recipes/a.yaml:6:5 (field needs[0])
        |
      6 |   - zlip
        |     ^^^^
        help: did you mean 'zlib'?
      "
    `);
  });
  test('an image', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a', 'needs: [i]\n'),
      'recipes/i.yaml':
        'name: i\nkind: image\nsummary: x\nprogram: { recipe: p, file: usr/bin/p }\n',
      'recipes/p.yaml': recipe('p', 'kind: program\n'),
    });
    expect(text).toMatchInlineSnapshot(`
      "
      error: a library cannot need 'i', which is an image: nothing can be linked with it
        --> recipes/a.yaml:5:9 (field needs[0])
        |
      5 | needs: [i]
        |         ^
      "
    `);
  });
  test('a library, by a tool', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a', 'kind: tool\nneeds: [b]\n'),
      'recipes/b.yaml': recipe('b'),
    });
    expect(text).toMatchInlineSnapshot(`
      "
      error: a tool runs on the build machine and cannot need 'b', a library for stub domains
        --> recipes/a.yaml:6:9 (field needs[0])
        |
      6 | needs: [b]
        |         ^
      "
    `);
  });
  test('a cycle', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a', 'needs: [b]\n'),
      'recipes/b.yaml': recipe('b', 'needs:\n  - c\n'),
      'recipes/c.yaml': recipe('c', 'needs: [a]\n'),
    });
    expect(text).toMatchInlineSnapshot(`
      "
      error: these recipes need each other: a → b → c → a
        --> recipes/a.yaml:5:9 (field needs[0])
        |
      5 | needs: [b]
        |         ^
        a needs b at recipes/a.yaml:5:9
        b needs c at recipes/b.yaml:6:5
        c needs a at recipes/c.yaml:5:9
        help: remove one of these needs
      "
    `);
  });
  test('a cycle on one architecture only', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a', 'stubdom-i386: { needs: [a] }\n'),
    });
    expect(text).toMatchInlineSnapshot(`
      "
      error: these recipes need each other: a → a
        --> recipes/a.yaml:5:25 (field stubdom-i386.needs[0])
        |
      5 | stubdom-i386: { needs: [a] }
        |                         ^
        a needs a at recipes/a.yaml:5:25
        help: remove one of these needs
      "
    `);
  });
  test('no cycle where each architecture by itself has none', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a', 'stubdom-i386: { needs: [b] }\n'),
      'recipes/b.yaml': recipe('b', 'stubdom-amd64: { needs: [a] }\n'),
    });
    expect(text.trim()).toBe('');
  });
  test('a cycle, asked for by name', async () => {
    const { root, recipes } = await recipesOf({
      'recipes/a.yaml': recipe('a', 'needs: [b]\n'),
      'recipes/b.yaml': recipe('b', 'needs: [a]\n'),
    });
    const cycles = () => {
      throw new UserError(recipes.cycles(['b']));
    };
    expect(await thrownBy(cycles, root)).toMatchInlineSnapshot(`
      "
      error: these recipes need each other: b → a → b
        --> recipes/b.yaml:5:9 (field needs[0])
        |
      5 | needs: [a]
        |         ^
        b needs a at recipes/b.yaml:5:9
        a needs b at recipes/a.yaml:5:9
        help: remove one of these needs
      "
    `);
  });
});

describe('files that a recipe names', () => {
  test('an absolute path', async () => {
    const more = 'patches: [{ file: /etc/passwd, reason: x }]\n';
    expect(await diagnosticsOf(recipe('a', more))).toMatchInlineSnapshot(`
      "
      error: expected a path relative to the recipe's file, without / at its start
        --> recipes/a.yaml:5:19 (field patches[0].file)
        |
      5 | patches: [{ file: /etc/passwd, reason: x }]
        |                   ^^^^^^^^^^^
      "
    `);
  });
  test('a path that leaves the tree', async () => {
    const more = 'patches: [{ file: ../../x.patch, reason: x }]\n';
    expect(await diagnosticsOf(recipe('a', more))).toMatchInlineSnapshot(`
      "
      error: '../../x.patch' leads out of the recipe's tree
        --> recipes/a.yaml:5:19 (field patches[0].file)
        |
      5 | patches: [{ file: ../../x.patch, reason: x }]
        |                   ^^^^^^^^^^^^^
        help: keep the file below PROJECT, so that the recipe works in any checkout
      "
    `);
  });
  test('a path that leaves the tree through a symbolic link', async () => {
    const { root } = await recipesOf({
      'recipes/a.yaml': 'name: a\nsummary: x\nsource: { local: a }\nbuild: plain\n',
    });
    const outside = writeTree({ 'main.c': '' });
    symlinkSync(outside, join(root, 'recipes/a'));
    const recipes = await loadRecipes(
      { recipeDirs: [join(root, 'recipes')], toolchainDirs: [] },
      { architectures },
    );
    expect(
      await thrownBy(() => recipes.evaluate('a', 'stubdom-amd64'), root),
    ).toMatchInlineSnapshot(`
      "
      error: 'a' leads out of the recipe's tree through a symbolic link
        --> recipes/a.yaml:3:18 (field source.local)
        |
      3 | source: { local: a }
        |                  ^
        help: keep the file below PROJECT, so that the recipe works in any checkout
      "
    `);
  });
  test('a missing patch', async () => {
    const more = 'patches:\n  - file: a/x.patch\n    reason: x\n';
    expect(await diagnosticsOf(recipe('a', more))).toMatchInlineSnapshot(`
      "
      error: there is no file 'a/x.patch'
        --> recipes/a.yaml:6:11 (field patches[0].file)
        |
      6 |   - file: a/x.patch
        |           ^^^^^^^^^
      "
    `);
  });
  test('a patch without a reason', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a', 'patches:\n  - { file: a/x.patch, reason: "" }\n'),
      'recipes/a/x.patch': '',
    });
    expect(text).toMatchInlineSnapshot(`
      "
      error: the reason is empty: say what breaks without the patch
        --> recipes/a.yaml:6:32 (field patches[0].reason)
        |
      6 |   - { file: a/x.patch, reason: "" }
        |                                ^^
      "
    `);
  });
  test('a local source that is a file', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': 'name: a\nsummary: x\nsource: { local: a.c }\nbuild: plain\n',
      'recipes/a.c': '',
    });
    expect(text).toMatchInlineSnapshot(`
      "
      error: 'a.c' is not a folder
        --> recipes/a.yaml:3:18 (field source.local)
        |
      3 | source: { local: a.c }
        |                  ^^^
      "
    `);
  });
  test('a promised file outside of the output', async () => {
    const more = 'provides: { files: [/usr/bin/a, usr/../../b] }\n';
    expect(await diagnosticsOf(recipe('a', more))).toMatchInlineSnapshot(`
      "
      error: expected a path inside the tree, without / at its start or end and without . or .. in it
        --> recipes/a.yaml:5:21 (field provides.files[0])
        |
      5 | provides: { files: [/usr/bin/a, usr/../../b] }
        |                     ^^^^^^^^^^
      error: expected a path inside the tree, without / at its start or end and without . or .. in it
        --> recipes/a.yaml:5:33 (field provides.files[1])
        |
      5 | provides: { files: [/usr/bin/a, usr/../../b] }
        |                                 ^^^^^^^^^^^
      "
    `);
  });
});

describe('toolchains’ own recipes', () => {
  test('without bootstrap', async () => {
    expect(
      await diagnosticsIn({ 'toolchains/nub/recipes/musl.yaml': recipe('musl') }),
    ).toMatchInlineSnapshot(`
      "
      error: a recipe in a toolchain's folder has to be marked as a part of it
        --> toolchains/nub/recipes/musl.yaml
        help: add 'bootstrap: true', or move the file to recipes/
      "
    `);
  });
  test('bootstrap elsewhere', async () => {
    expect(await diagnosticsOf(recipe('a', 'bootstrap: true\n'))).toMatchInlineSnapshot(`
      "
      error: only recipes in a toolchain's folder are built with its bare compiler
        --> recipes/a.yaml:5:1 (field bootstrap)
        |
      5 | bootstrap: true
        | ^^^^^^^^^
        help: remove 'bootstrap', or move the file to toolchains/<name>/recipes/
      "
    `);
  });
});

describe('many problems', () => {
  test('all problems of all files are told at once', async () => {
    const text = await diagnosticsIn({
      'recipes/a.yaml': recipe('a', 'kind: x\nneds: []\n'),
      'recipes/b.yaml': 'name: [\n',
      'recipes/c.yaml': recipe('c', 'needs: [d]\n'),
    });
    expect(text.match(/^error: /gm)).toHaveLength(4);
    for (const file of ['a', 'b', 'c']) expect(text).toContain(`recipes/${file}.yaml`);
  });
  test('a broken recipe is no obstacle to others', async () => {
    const { root, recipes } = await recipesOf({
      'recipes/a.yaml': recipe('a', 'needs: [b]\n'),
      'recipes/b.yaml': recipe('b'),
      'recipes/broken.yaml': 'name: [\n',
    });
    expect(recipes.evaluate('a', 'stubdom-amd64')).toMatchObject({ needs: ['b'] });
    expect(await thrownBy(() => recipes.evaluate('broken', 'stubdom-amd64'), root)).toContain(
      'recipes/broken.yaml:',
    );
  });
  test('a device with the name of a recipe is not read', async () => {
    const { root, recipes } = await recipesOf({ 'recipes/a.yaml': recipe('a') });
    symlinkSync('/dev/zero', join(root, 'recipes/z.yaml'));
    const again = await loadRecipes(
      { recipeDirs: [join(root, 'recipes')], toolchainDirs: [] },
      { architectures },
    );
    expect(recipes.names).toEqual(['a']);
    expect(await thrownBy(() => again.evaluate('z', 'stubdom-amd64'), root)).toContain(
      'not a regular file',
    );
  });
});
