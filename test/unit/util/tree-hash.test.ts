import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashFolder } from '../../../src/source/local-source.js';
import { hashTree } from '../../../src/store/manifest.js';
import { temporaryTree } from '../../support/temporary.js';

test('the hash of a tree is what it always was, of sources as of outputs', async () => {
  const tree = await temporaryTree({ run: 'a program', 'sub/b': 'text' });
  await chmod(join(tree, 'run'), 0o755);
  await symlink('../run', join(tree, 'sub/link'));
  const hash = '483b4c4e94c2c8164069a631b808700d547d41f39c629f6defa3e39723b06de5';
  expect(await hashTree(tree)).toBe(hash);
  expect(await hashFolder(tree)).toBe(hash);
});
