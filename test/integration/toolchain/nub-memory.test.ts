/**
 * The parts of nub's memory chapter that no program sees directly, run on this machine: the page
 * allocator and the tree of areas. What programs see of them is in test/boot/kernel.test.ts.
 */
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { lacks } from '../../support/lacks.js';
import { temporaryTree } from '../../support/temporary.js';

const parts = ['pages', 'page_marks', 'pools', 'area_tree', 'areas', 'area_views'];

test.skipIf(lacks('gcc'))('nub takes and gives pages and areas as a model of it says', async () => {
  const kernel = join(packageRoot, 'toolchains/nub/kernel');
  const folder = await temporaryTree();
  const program = join(folder, 'nub-memory');
  await execa('gcc', [
    ...['-O1', '-fno-builtin', '-Wall', '-Werror', '-o', program],
    ...['include', '', 'arch/x86_64'].map((chapter) => `-I${join(kernel, chapter)}`),
    join(packageRoot, 'test/integration/toolchain/nub-memory.c'),
    ...parts.map((part) => join(kernel, 'memory', `${part}.c`)),
  ]);
  const result = await execa(program, { reject: false });
  expect(result.exitCode, result.stdout).toBe(0);
});
