/** A plan, for people and for programs, word for word in test/golden. */
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { lacks } from '../../support/lacks.js';
import { temporaryTree } from '../../support/temporary.js';
import { transcript } from '../../support/transcript.js';

test.skipIf(lacks('gcc', 'binutils', 'make'))('the plan of a small image', async () => {
  const commands = [
    ['plan', 'zlib-selftest', '--offline'],
    ['plan', 'zlib-selftest', '--offline', '--json'],
    ['why', 'zlib', '--offline'],
    ['log', 'zlib'],
  ];
  const state = join(await temporaryTree(), 'state');
  const text = await transcript(commands, { cwd: await temporaryTree(), state });
  await expect(text).toMatchFileSnapshot(resolve('test/golden/plan.txt'));
});
