import { chmod, lstat, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { withInput, writeTree } from '../../../src/export/shell/embed.js';
import { temporaryTree } from '../../support/temporary.js';

const write = 'write() { mkdir -p "${2%/*}"; cat >"$2"; chmod "$1" "$2"; }\n';

test.each([
  ['lines', Buffer.from('one\ntwo\n')],
  ['what a shell would expand', Buffer.from('$HOME `id` \\\n"$(id)"\'\n')],
  ['the delimiter itself', Buffer.from('END\nEND_1\nEND_2 \nEND\n')],
  ['no line end', Buffer.from('END')],
  ['nothing', Buffer.alloc(0)],
  ['bytes that are no text', Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256))],
  ['a byte that is no UTF-8', Buffer.from('a\xe9\n', 'latin1')],
])('a command gets %s as they are', async (_what, bytes) => {
  const dir = await temporaryTree();
  await execa('sh', ['-euc', withInput('cat >out', bytes)], { cwd: dir });
  expect((await readFile(join(dir, 'out'))).equals(bytes)).toBe(true);
});

test('a tree comes out as it was, with odd names, links and modes', async () => {
  const dir = await temporaryTree({
    'in/a b/c': 'x\n',
    "in/it's $HOME": 'y',
    'in/tool': '#!/bin/sh\n',
    'in/.git/config': 'not this',
  });
  await chmod(join(dir, 'in/tool'), 0o755);
  await mkdir(join(dir, 'in/empty'));
  await symlink('a b/c', join(dir, 'in/link'));
  await writeFile(join(dir, 'build.sh'), `set -eu\n${write}${writeTree(join(dir, 'in'), '"$1"')}`);
  await execa('sh', ['build.sh', 'out dir'], { cwd: dir });
  const { stdout } = await execa('diff', ['-r', '--exclude=.git', 'in', 'out dir'], { cwd: dir });
  expect(stdout).toBe('');
  expect(await readlink(join(dir, 'out dir/link'))).toBe('a b/c');
  expect((await lstat(join(dir, 'out dir/tool'))).mode & 0o777).toBe(0o755);
  await expect(lstat(join(dir, 'out dir/.git'))).rejects.toThrow('ENOENT');
});
