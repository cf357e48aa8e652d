import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { neededRecipes } from '../../../src/artifacts/kinds.js';
import { packageRoot } from '../../../src/project/project.js';
import { sortByNeeds } from '../../../src/recipe/recipe-graph.js';
import { loadRecipes } from '../../../src/recipe/recipe-set.js';
import { temporaryTree } from '../../support/temporary.js';

test('ten thousand recipes in one chain are indexed, checked and ordered', async () => {
  const root = await temporaryTree();
  mkdirSync(join(root, 'recipes'));
  for (let number = 0; number < 10_000; number++) {
    const needs = number === 0 ? '' : `needs: [r${number - 1}]\n`;
    writeFileSync(
      join(root, 'recipes', `r${number}.yaml`),
      `name: r${number}\nsummary: x\nsource: { debian: lib${number} }\nbuild: make\n${needs}`,
    );
  }
  const project = {
    recipeDirs: [join(root, 'recipes'), join(packageRoot, 'recipes')],
    toolchainDirs: [join(packageRoot, 'toolchains')],
  };
  const recipes = await loadRecipes(project);
  expect(recipes.evaluate('r5', 'stubdom-amd64')).toMatchObject({ needs: ['r4'] });
  expect(recipes.diagnostics).toEqual([]);
  const needs = (name: string) => neededRecipes(recipes.evaluate(name, 'stubdom-amd64'));
  expect(sortByNeeds(['r9999'], needs).order).toHaveLength(10_000);
});
