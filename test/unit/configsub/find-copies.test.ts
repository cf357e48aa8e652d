import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findCopies } from '../../../src/configsub/find-copies.js';
import { UserError } from '../../../src/util/diagnostic.js';
import { dashed, guess, kernel, treeOf, wrapper } from '../../support/config-sub-scripts.js';

const kinds = async (tree: string) =>
  Object.fromEntries((await findCopies(tree)).map((copy) => [copy.path, copy.kind]));

describe('findCopies', () => {
  test('finds copies at any depth and by any name, and nothing else', async () => {
    const tree = await treeOf({
      'config.sub': kernel,
      'a/b/c/configure.sub': dashed('2006-07-02'),
      'a/odd-name.in': dashed(),
      'a/config.guess': guess('2006-07-02'),
      'tests/testsuite': "#! /bin/sh\ntimestamp='2022-01-03'\n",
      'src/main.c': 'int main(void) { return 0; }\n',
      '.pc/debian.patch/config.sub': kernel,
      '.git/config.sub': kernel,
    });
    expect(await kinds(tree)).toEqual({
      'a/b/c/configure.sub': 'config.sub',
      'a/config.guess': 'config.guess',
      'a/odd-name.in': 'config.sub',
      'config.sub': 'config.sub',
    });
  });

  test('garbage by the usual name is reported, not run', async () => {
    const tree = await treeOf({
      'config.sub': Uint8Array.from({ length: 4096 }, (_, index) => (index * 7) % 256),
      'b/config.sub': '',
      'c/config.sub': '#! /bin/sh\ntouch was-run\n',
    });
    const copies = await findCopies(tree);
    expect(copies.map((copy) => copy.kind)).toEqual(Array(3).fill('unrecognised'));
    expect(copies[0]!.reason).toBe('is not a config.sub script');
  });

  test('a wrapper is known by what it calls', async () => {
    const tree = await treeOf({
      'good/config.sub': wrapper,
      'good/configfsf.sub': kernel,
      'bad/config.sub': wrapper,
      'bad/configfsf.sub': 'nothing\n',
      'alone/config.sub': wrapper,
    });
    const copies = await findCopies(tree);
    const byPath = Object.fromEntries(copies.map((copy) => [copy.path, copy]));
    expect(byPath['good/config.sub']).toMatchObject({
      kind: 'config.sub',
      wraps: 'good/configfsf.sub',
    });
    expect(byPath['bad/config.sub']).toMatchObject({
      kind: 'unrecognised',
      reason: 'calls bad/configfsf.sub, which is not a config.sub script',
    });
    expect(byPath['alone/config.sub']?.kind).toBe('unrecognised');
  });

  test('links are followed inside of the tree and not outside', async () => {
    const tree = await treeOf({
      'inside/build-aux/config.sub': kernel,
      'outside/config.sub': kernel,
    });
    const root = join(tree, 'inside');
    await symlink('build-aux/config.sub', join(root, 'config.sub'));
    await symlink('../../outside/config.sub', join(root, 'build-aux/conf.sub'));
    await symlink('nowhere', join(root, 'build-aux/config.guess'));
    await mkdir(join(root, 'loop'));
    await symlink('..', join(root, 'loop/up'));
    const copies = await findCopies(root);
    expect(copies.map(({ path, kind, links, reason }) => ({ path, kind, links, reason }))).toEqual([
      {
        path: 'build-aux/conf.sub',
        kind: 'unrecognised',
        links: [],
        reason: 'is a symbolic link to a file outside the tree',
      },
      {
        path: 'build-aux/config.guess',
        kind: 'unrecognised',
        links: [],
        reason: 'is a symbolic link to nothing',
      },
      {
        path: 'build-aux/config.sub',
        kind: 'config.sub',
        links: ['config.sub'],
        reason: undefined,
      },
    ]);
  });

  test('a single file may be named, whatever it is called', async () => {
    const tree = await treeOf({ 'a/other': dashed(), 'a/config.sub': kernel });
    expect(await kinds(join(tree, 'a/other'))).toEqual({ other: 'config.sub' });
  });

  test('a tree that is not there is the user’s error', async () => {
    await expect(findCopies('/nonexistent/tree')).rejects.toThrow(UserError);
  });

  test.skipIf(process.getuid?.() === 0)('an unreadable copy is reported', async () => {
    const tree = await treeOf({ 'config.sub': kernel });
    await chmod(join(tree, 'config.sub'), 0);
    expect((await findCopies(tree))[0]?.reason).toMatch(/^cannot be read/);
  });
});
