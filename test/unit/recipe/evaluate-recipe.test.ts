import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { neededRecipes } from '../../../src/artifacts/kinds.js';
import { sortByNeeds } from '../../../src/recipe/recipe-graph.js';
import { loadRecipes } from '../../../src/recipe/recipe-set.js';
import {
  architectures,
  evaluated,
  plainSystem,
  recipe,
  recipesOf,
  writeTree,
} from '../../support/recipe-project.js';

describe('evaluation', () => {
  test('fills in every default', async () => {
    const { root, recipes } = await recipesOf({ 'recipes/a.yaml': recipe('a') });
    expect(recipes.evaluate('a', 'stubdom-amd64')).toEqual({
      name: 'a',
      kind: 'library',
      summary: 'for tests',
      file: join(root, 'recipes/a.yaml'),
      source: { type: 'debian', package: 'liba', suite: undefined },
      overlay: undefined,
      build: 'plain',
      inputs: { configure: [], make: ['all'], script: [''] },
      needs: [],
      buildTools: [],
      patches: [],
      environment: {},
      provides: { pkgconfig: [], libraries: [], headers: [], files: [] },
      limits: {
        memory: 8 * 2 ** 30,
        processes: 1024,
        time: 2 * 3600,
        silence: 30 * 60,
        disk: 16 * 2 ** 30,
        output: 64 * 2 ** 20,
      },
      buildMemory: 0,
      bootstrap: false,
    });
  });

  test('the memory of a build counts in bytes, and a block may say another', async () => {
    const text = recipe('a', 'build-memory: 3GiB\nstubdom-i386: { build-memory: 512MiB }\n');
    const { recipes } = await recipesOf({ 'recipes/a.yaml': text });
    expect(recipes.evaluate('a', 'stubdom-amd64')).toMatchObject({ buildMemory: 3 * 2 ** 30 });
    expect(recipes.evaluate('a', 'stubdom-i386')).toMatchObject({ buildMemory: 512 * 2 ** 20 });
  });

  test('a block adds to lists, merges into maps, replaces the rest, on its architecture only', async () => {
    const text = recipe(
      'a',
      `
configure: [--one]
script: first
needs: [b]
build-tools: [bison]
environment: { A: a, B: b }
provides: { libraries: [liba.a] }
stubdom-i386:
  source: { debian: liba32, suite: sid }
  configure: [--two]
  make: [more]
  script: second
  needs: [c, b]
  build-tools: [flex]
  environment: { B: c }
  provides: { libraries: [liba32.a], headers: [a.h] }
`,
    );
    const { recipes } = await recipesOf({
      'recipes/a.yaml': text,
      'recipes/b.yaml': recipe('b'),
      'recipes/c.yaml': recipe('c'),
    });
    expect(recipes.diagnostics).toEqual([]);
    const amd64 = evaluated(recipes, 'a');
    expect(amd64.inputs).toEqual({ configure: ['--one'], make: ['all'], script: ['first'] });
    expect(amd64.environment).toEqual({ A: 'a', B: 'b' });
    const i386 = recipes.evaluate('a', 'stubdom-i386');
    expect(i386).toMatchObject({
      source: { type: 'debian', package: 'liba32', suite: 'sid' },
      inputs: { configure: ['--one', '--two'], make: ['all', 'more'], script: ['second'] },
      needs: ['b', 'c'],
      buildTools: ['bison', 'flex'],
      environment: { A: 'a', B: 'c' },
      provides: { libraries: ['liba.a', 'liba32.a'], headers: ['a.h'] },
    });
    expect(recipes.buildTools('a')).toEqual(['bison', 'flex']);
  });

  test('a list of a recipe replaces the default of its build system', async () => {
    const { recipes } = await recipesOf({ 'recipes/a.yaml': recipe('a', 'make: []\n') });
    expect(evaluated(recipes, 'a').inputs.make).toEqual([]);
  });

  test('a recipe cannot be changed', async () => {
    const { recipes } = await recipesOf({ 'recipes/a.yaml': recipe('a', 'configure: [x]\n') });
    const { inputs } = evaluated(recipes, 'a');
    expect(() => (inputs.configure as string[]).push('y')).toThrow(TypeError);
    expect(evaluated(recipes, 'a').inputs.configure).toEqual(['x']);
  });

  test('a tool is the same for every architecture', async () => {
    const text = recipe('a', 'kind: tool\nstubdom-i386: { make: [x] }\n');
    const { recipes } = await recipesOf({ 'recipes/a.yaml': text });
    expect(evaluated(recipes, 'a', 'native').inputs.make).toEqual(['all']);
  });

  test.each([
    ['{ debian: zlib, suite: sid }', { type: 'debian', package: 'zlib', suite: 'sid' }],
    [
      '{ debian-binary: linux-libc-dev, architecture: amd64 }',
      {
        type: 'debian-binary',
        package: 'linux-libc-dev',
        architecture: 'amd64',
        suite: undefined,
      },
    ],
    [
      `{ url: "https://example.org/a.tar.xz", sha256: ${'ab'.repeat(32)} }`,
      { type: 'url', url: 'https://example.org/a.tar.xz', sha256: 'ab'.repeat(32) },
    ],
    [
      `{ git: "https://example.org/a.git", commit: ${'cd'.repeat(20)} }`,
      { type: 'git', url: 'https://example.org/a.git', commit: 'cd'.repeat(20) },
    ],
  ])('source %s', async (written, expected) => {
    const text = `name: a\nsummary: x\nsource: ${written}\nbuild: plain\n`;
    const { recipes } = await recipesOf({ 'recipes/a.yaml': text });
    expect(evaluated(recipes, 'a').source).toEqual(expected);
  });

  test('local files are absolute, wherever the recipe was found', async () => {
    const { root, recipes } = await recipesOf({
      'toolchains/nub/recipes/a.yaml':
        'name: a\nsummary: x\nsource: { local: ../kernel }\noverlay: ../over\nbuild: plain\nbootstrap: true\npatches: [{ file: a/x.patch, reason: y }]\n',
      'toolchains/nub/recipes/a/x.patch': '',
      'toolchains/nub/kernel/Makefile': '',
      'toolchains/nub/over/x.c': '',
    });
    expect(recipes.evaluate('a', 'stubdom-amd64')).toMatchObject({
      source: { type: 'local', path: join(root, 'toolchains/nub/kernel') },
      overlay: join(root, 'toolchains/nub/over'),
      patches: [{ file: join(root, 'toolchains/nub/recipes/a/x.patch'), reason: 'y' }],
    });
  });

  test('an image', async () => {
    const { root, recipes } = await recipesOf({
      'recipes/p.yaml': recipe('p', 'kind: program\n'),
      'recipes/q.yaml': recipe('q', 'kind: program\n'),
      'recipes/i/motd': '',
      'recipes/i.yaml': `
name: i
kind: image
summary: x
program: { recipe: p, file: usr/bin/p }
files:
  - { from: i/motd, to: /etc/motd, mode: '0640' }
  - { from: usr/share/q, to: /q, recipe: q }
memory: 48MiB
cmdline: -v "two words" 'it''s' \\ x ""
expect: done
stubdom-i386: { memory: 1GiB }
`,
    });
    expect(recipes.diagnostics).toEqual([]);
    const image = recipes.evaluate('i', 'stubdom-amd64');
    expect(neededRecipes(image)).toEqual(['p', 'q']);
    expect(image).toEqual({
      name: 'i',
      kind: 'image',
      summary: 'x',
      file: join(root, 'recipes/i.yaml'),
      program: { recipe: 'p', file: 'usr/bin/p' },
      files: [
        { from: 'i/motd', to: '/etc/motd', mode: 0o640 },
        { from: 'usr/share/q', to: '/q', recipe: 'q' },
      ],
      memory: 48 * 1024 * 1024,
      arguments: ['-v', 'two words', 'its', ' x', ''],
      expect: 'done',
    });
    expect(recipes.evaluate('i', 'stubdom-i386')).toMatchObject({ memory: 2 ** 30 });
  });
});

describe('folders', () => {
  test('a recipe of the user hides the one that came with stubforge', async () => {
    const own = writeTree({
      'recipes/a.yaml': recipe('a').replace('for tests', 'the user’s'),
      'recipes/build-systems/plain.yaml': plainSystem.replace('for tests', 'the user’s'),
    });
    const builtin = writeTree({
      'recipes/a.yaml': recipe('a'),
      'recipes/b.yaml': recipe('b', 'needs: [a]\n'),
      'recipes/build-systems/plain.yaml': plainSystem,
    });
    const recipes = await loadRecipes(
      { recipeDirs: [join(own, 'recipes'), join(builtin, 'recipes')], toolchainDirs: [] },
      { architectures },
    );
    expect(recipes.names).toEqual(['a', 'b']);
    expect(recipes.evaluate('a', 'stubdom-amd64').summary).toBe('the user’s');
    expect(evaluated(recipes, 'b').needs).toEqual(['a']);
    expect(recipes.buildSystems.systems.get('plain')?.summary).toBe('the user’s');
    expect(recipes.diagnostics).toEqual([]);
  });

  test('architectures are those that toolchains describe', async () => {
    const root = writeTree({
      'toolchains/x/toolchain.yaml': 'architectures:\n  os-b: {}\n  os-a: {}\n',
      'toolchains/broken/toolchain.yaml': 'architectures: [\n',
    });
    const recipes = await loadRecipes({
      recipeDirs: [],
      toolchainDirs: [join(root, 'toolchains')],
    });
    expect(recipes.architectures).toEqual(['os-a', 'os-b']);
  });
});

describe('order', () => {
  test('each recipe stands behind its needs, once', async () => {
    const { recipes } = await recipesOf({
      'recipes/a.yaml': recipe('a', 'needs: [b, c]\n'),
      'recipes/b.yaml': recipe('b', 'needs: [d]\n'),
      'recipes/c.yaml': recipe('c', 'needs: [d]\n'),
      'recipes/d.yaml': recipe('d'),
      'recipes/other.yaml': recipe('other'),
    });
    const needs = (name: string) => neededRecipes(recipes.evaluate(name, 'stubdom-amd64'));
    expect(sortByNeeds(['a'], needs).order).toEqual(['d', 'b', 'c', 'a']);
  });

  test('a chain of a hundred thousand needs does not overflow', () => {
    const last = 100_000;
    const needs = (name: string) => (Number(name) < last ? [String(Number(name) + 1)] : []);
    const { order, cycles } = sortByNeeds(['0'], needs);
    expect(order).toHaveLength(last + 1);
    expect(order[0]).toBe(String(last));
    expect(cycles).toEqual([]);
    const closed = sortByNeeds(['0'], (name) => [String((Number(name) + 1) % last)]);
    expect(closed.cycles).toHaveLength(1);
    expect(closed.cycles[0]).toHaveLength(last + 1);
  });
});
