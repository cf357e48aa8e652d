import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { isArtifact } from '../../../src/recipe/recipe.js';
import { loadRecipes } from '../../../src/recipe/recipe-set.js';

const program = join(packageRoot, 'dist/cli/main.js');
let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'stubforge-lint-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const stubforge = (words: string[], cwd = scratch) =>
  execa(process.execPath, [program, ...words], { cwd, reject: false });

/** A project of the user's own, with one recipe. */
function projectWith(name: string, text: string): string {
  const root = mkdtempSync(join(scratch, 'project-'));
  mkdirSync(join(root, 'recipes'));
  writeFileSync(join(root, 'recipes', `${name}.yaml`), text);
  return root;
}

// The second is a project with a toolchain of its own, which is like a built-in one.
test.each([
  ['stubforge’s own', ''],
  ['the benchmark’s', 'bench/linux'],
])('%s recipes, build systems and toolchains are in order', async (_whose, folder) => {
  const { exitCode, stdout } = await stubforge(['lint'], join(packageRoot, folder));
  expect(stdout).toMatch(/^\d+ recipes, \d+ build systems, \d+ toolchains?: no problems$/);
  expect(exitCode).toBe(0);
});

test('a user’s recipe may use the built-in build systems and recipes', async () => {
  const text =
    'name: mine\nsummary: x\nsource: { debian: libpng1.6 }\nbuild: autotools\nneeds: [zlib]\n';
  const { exitCode, stdout } = await stubforge(['lint'], projectWith('mine', text));
  expect(stdout).toContain('no problems');
  expect(exitCode).toBe(0);
});

test('problems are printed with place, caret and help, and give exit code 1', async () => {
  const text =
    'name: mine\nsummary: x\nsource: { debian: libpng1.6 }\nbuild: autotools\nneeds: [zlip]\n';
  const root = projectWith('mine', text);
  for (const words of [['lint'], ['lint', 'recipes/mine.yaml']]) {
    const { exitCode, stdout } = await stubforge(words, root);
    expect(stdout).toContain("error: there is no recipe 'zlip'");
    expect(stdout).toContain('recipes/mine.yaml:5:9 (field needs[0])');
    expect(stdout).toContain('5 | needs: [zlip]\n  |         ^^^^\n');
    expect(stdout).toContain("help: did you mean 'zlib'?");
    expect(exitCode).toBe(1);
  }
});

test('--json gives the places to programs', async () => {
  const root = projectWith('mine', 'name: mine\nkind: libary\n');
  const { exitCode, stdout } = await stubforge(['lint', '--json', 'recipes/mine.yaml'], root);
  const event = JSON.parse(stdout);
  expect(event).toMatchObject({ type: 'result', command: 'lint' });
  expect(event.value.checked).toEqual({ recipes: 1, buildSystems: 0, toolchains: 0 });
  expect(event.value.diagnostics).toContainEqual(
    expect.objectContaining({
      message: "expected one of library, program, tool, found 'libary'",
      span: expect.objectContaining({ line: 2, column: 7, length: 6, field: 'kind' }),
    }),
  );
  expect(exitCode).toBe(1);
});

test('a file that is not there, and an unknown schema', async () => {
  const missing = await stubforge(['lint', 'nothing.yaml']);
  expect(missing.stdout).toContain('error: there is no such file');
  expect(missing.exitCode).toBe(1);
  const unknown = await stubforge(['schema', 'recipes']);
  expect(unknown.stderr).toContain("did you mean 'recipe'?");
  expect(unknown.exitCode).toBe(2);
});

test('schema prints JSON that knows the project’s build systems and architectures', async () => {
  const { stdout } = await stubforge(['schema']);
  expect(() => JSON.parse(stdout)).not.toThrow();
  for (const word of ['autotools', 'meson', 'stubdom-i386']) expect(stdout).toContain(`"${word}"`);
});

test('the checksum that zlib-selftest expects is what the distro’s zlib gives natively', async () => {
  const recipes = await loadRecipes({
    recipeDirs: [join(packageRoot, 'recipes')],
    toolchainDirs: [join(packageRoot, 'toolchains')],
  });
  const image = recipes.evaluate('zlib-selftest', 'stubdom-amd64');
  const expected = isArtifact(image) ? image.expect : undefined;
  const binary = join(scratch, 'zlib-selftest');
  const source = join(packageRoot, 'recipes/zlib-selftest-program/zlib-selftest.c');
  await execa('gcc', ['-O2', '-o', binary, source, '-lz']);
  const { stdout } = await execa(binary);
  const lines = stdout.split('\n');
  expect(lines[0]).toContain('zlib 1.2.13');
  expect(lines).toHaveLength(52);
  expect(lines.at(-1)).toMatch(new RegExp(expected!));
});

test('a folder to work in may be relative, and called like a command', async () => {
  const root = projectWith(
    'mine',
    'name: mine\nsummary: x\nsource: { debian: zlib }\nbuild: make\n',
  );
  mkdirSync(join(root, 'store'));
  const ran = await stubforge(['-C', root.slice(scratch.length + 1), 'lint', 'recipes/mine.yaml']);
  expect(ran.stdout).toBe('1 recipe, no build systems, no toolchains: no problems');
  expect((await stubforge(['-C', 'store', 'lint'], root)).stdout).toMatch(/^\d+ recipes, /);
});
