/** Recipes that were read before are taken from memory, and only while their files are the same. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadRecipes } from '../../../src/recipe/recipe-set.js';
import { Memo } from '../../../src/util/memo.js';
import { evaluated } from '../../support/recipe-project.js';
import { temporaryTree } from '../../support/temporary.js';

const text = (configure: string) =>
  `name: a\nsummary: one\nsource: { debian: zlib }\nbuild: autotools\nconfigure: [${configure}]\n`;

/** A file that has only just changed is not trusted to stay: a minute goes by for the program. */
function letTimePass() {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
}

async function project() {
  const root = await temporaryTree({ 'recipes/a.yaml': text('--x'), 'cache/x': '' });
  const folders = { recipeDirs: [join(root, 'recipes'), resolve('recipes')], toolchainDirs: [] };
  letTimePass();
  return {
    file: join(root, 'recipes/a.yaml'),
    cache: join(root, 'cache'),
    load: () =>
      loadRecipes(folders, {
        architectures: ['stubdom-amd64'],
        memo: new Memo(join(root, 'cache')),
      }),
  };
}

test('a recipe is the same whether it was parsed or kept, and knows its places', async () => {
  const { load, cache, file } = await project();
  const first = await load();
  const parsed = first.evaluate('a', 'stubdom-amd64');
  await first.save();
  const kept = (await readdir(cache)).find((name) => name.startsWith('recipes-'))!;
  expect(Object.keys(JSON.parse(await readFile(join(cache, kept), 'utf8')))).toEqual([file]);
  const second = await load();
  expect(second.evaluate('a', 'stubdom-amd64')).toEqual(parsed);
  // Places come from the file, which is read again for them.
  expect(() => second.evaluate('a', 'stubdom-amd46')).toThrow('there is no architecture');
});

test('a file that has changed is read again, and a broken one is never kept', async () => {
  const { load, file, cache } = await project();
  const first = await load();
  first.evaluate('a', 'stubdom-amd64');
  await first.save();
  await writeFile(file, text('--y'));
  expect(evaluated(await load(), 'a').inputs.configure).toEqual(['--y']);
  await writeFile(file, `${text('--y')}nonsense: 1\n`);
  letTimePass();
  for (let round = 0; round < 2; round++) {
    const recipes = await load();
    expect(recipes.diagnosticsOf('a').map((each) => each.message)).toEqual([
      "unknown field 'nonsense'",
    ]);
    await recipes.save();
  }
  await rm(cache, { recursive: true });
  expect((await load()).diagnosticsOf('a')).toHaveLength(1);
});

test('what was kept is worth nothing when it is damaged', async () => {
  const { load, cache } = await project();
  const first = await load();
  const parsed = first.evaluate('a', 'stubdom-amd64');
  await first.save();
  const kept = (await readdir(cache)).find((name) => name.startsWith('recipes-'))!;
  await writeFile(join(cache, kept), '{"half');
  expect((await load()).evaluate('a', 'stubdom-amd64')).toEqual(parsed);
});
