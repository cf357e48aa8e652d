import { lstat, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { ask } from '../../../src/configsub/ask.js';
import { configSubIdentity } from '../../../src/configsub/patch.js';
import { patchTree } from '../../../src/configsub/patch-tree.js';
import { describePatched } from '../../../src/configsub/report.js';
import { systemsOfTriples } from '../../../src/configsub/target-system.js';
import {
  dashed,
  guess,
  kernel,
  past,
  plain,
  stubdoms,
  treeOf,
  withObject,
  wrapper,
} from '../../support/config-sub-scripts.js';

const say = async (file: string, name: string) => (await ask(file, [name]))[0]!;
const read = (...parts: string[]) => readFile(join(...parts), 'utf8');

describe('patchTree', () => {
  test.each([
    ['dashed', dashed('2012-04-18')],
    ['plain', plain],
    ['kernel', kernel],
    ['kernel (with an object format)', withObject],
  ])('patches the %s structure, once', async (_, script) => {
    const tree = await treeOf({ 'config.sub': script }, 0o755);
    const file = join(tree, 'config.sub');
    expect((await say(file, 'x86_64-xen-stubdom')).status).toBe(1);

    const [first] = await patchTree(tree, stubdoms);
    expect(first).toMatchObject({ action: 'patched', patch: { systems: ['stubdom'] } });
    expect(await say(file, 'x86_64-xen-stubdom')).toEqual({
      status: 0,
      output: 'x86_64-xen-stubdom',
    });
    expect(await say(file, 'i686-xen-stubdom4.17')).toEqual({
      status: 0,
      output: 'i686-xen-stubdom4.17',
    });
    expect((await say(file, 'i686-xen-stubdomain')).status).toBe(1);
    const status = await lstat(file);
    expect(status.mode & 0o777).toBe(0o755);
    expect(status.mtime).toEqual(past);

    const once = await readFile(file);
    const [second] = await patchTree(tree, stubdoms);
    expect(second?.action).toBe('accepted');
    expect(await readFile(file)).toEqual(once);
    expect(await readdir(tree)).toEqual(['config.sub']);
  });

  test('adds only what is not known', async () => {
    const tree = await treeOf({ 'config.sub': kernel });
    await patchTree(tree, stubdoms);
    const systems = systemsOfTriples(['x86_64-xen-stubdom', 'x86_64-xen-minios', 'vax-dec-netbsd']);
    const [file] = await patchTree(tree, systems);
    expect(file?.patch).toEqual({ systems: ['minios'], machines: [] });
  });

  test('a copy older than the processor learns the pair of processor and vendor', async () => {
    const tree = await treeOf({ 'config.sub': dashed(undefined, 'i[3-7]86 | vax') });
    const [file] = await patchTree(tree, stubdoms);
    expect(file).toMatchObject({
      action: 'patched',
      patch: { systems: ['stubdom'], machines: ['x86_64-xen'] },
    });
    expect((await say(join(tree, 'config.sub'), 'x86_64-pc-linux')).status).toBe(1);
  });

  test('a wrapper answers once that which it wraps was patched', async () => {
    const tree = await treeOf({ 'config.sub': wrapper, 'configfsf.sub': kernel });
    const files = await patchTree(tree, stubdoms);
    expect(files.map((file) => file.action)).toEqual(['accepted', 'patched']);
    expect(await read(tree, 'config.sub')).toBe(wrapper);
    expect((await say(join(tree, 'config.sub'), 'athlon-xen-stubdom')).output).toBe(
      'athlon-xen-stubdom',
    );
  });

  test('a link stays a link, and its target is patched once', async () => {
    const tree = await treeOf({ 'build-aux/config.sub': kernel });
    await symlink('build-aux/config.sub', join(tree, 'config.sub'));
    const files = await patchTree(tree, stubdoms);
    expect(files).toHaveLength(1);
    expect(await readlink(join(tree, 'config.sub'))).toBe('build-aux/config.sub');
    expect((await say(join(tree, 'config.sub'), 'i686-xen-stubdom')).status).toBe(0);
  });

  test('what is outside of the tree is not written to', async () => {
    const tree = await treeOf({ 'theirs/config.sub': kernel, 'ours/README': '' });
    await symlink('../theirs/config.sub', join(tree, 'ours/config.sub'));
    const [file] = await patchTree(join(tree, 'ours'), stubdoms);
    expect(file).toMatchObject({ action: 'unsafe' });
    expect(await read(tree, 'theirs/config.sub')).toBe(kernel);
  });

  test.each([
    [
      'a list that was not found',
      kernel.replaceAll('hpux*', 'hp*'),
      'its list of operating systems was not found',
    ],
    ['broken syntax', kernel.replace(/\nexit\n$/, '\nif true\n'), 'is not a valid shell script'],
    [
      'a second opinion after the list',
      kernel.replace('case $kernel-$os in', '[ "$os" = stubdom ] && exit 3\ncase $kernel-$os in'),
      'answers i686-xen-stubdom with: nothing',
    ],
    [
      'another form than the canonical one',
      kernel.replace(/echo "\$cpu.*/, 'echo "$cpu-pc-$os"'),
      'answers i686-xen-stubdom with: i686-pc-stubdom',
    ],
  ])('leaves alone, byte for byte, a copy with %s', async (_, script, reason) => {
    const tree = await treeOf({ 'config.sub': script });
    const [file] = await patchTree(tree, stubdoms);
    expect(file?.action).toBe('unsafe');
    expect(file?.reason).toContain(reason);
    expect(await read(tree, 'config.sub')).toBe(script);
    expect((await lstat(join(tree, 'config.sub'))).mtime).toEqual(past);
    expect(await readdir(tree)).toEqual(['config.sub']);
  });

  test('a dry run tells the same, with a diff that gives the result, and changes nothing', async () => {
    const tree = await treeOf({ 'sub/config.sub': wrapper, 'sub/configfsf.sub': kernel }, 0o755);
    const dry = await patchTree(tree, stubdoms, { dryRun: true, diff: true });
    expect(await read(tree, 'sub/configfsf.sub')).toBe(kernel);
    expect(dry.map((file) => file.file)).toEqual([
      join(tree, 'sub/config.sub'),
      join(tree, 'sub/configfsf.sub'),
    ]);

    const other = await treeOf({ 'sub/configfsf.sub': kernel });
    await execa('patch', ['-p1'], { cwd: other, input: `${dry[1]!.diff}\n` });
    const wet = await patchTree(tree, stubdoms);
    expect(wet.map((file) => file.action)).toEqual(dry.map((file) => file.action));
    expect(await read(tree, 'sub/configfsf.sub')).toBe(await read(other, 'sub/configfsf.sub'));
  });

  test('a tree without any is no failure', async () => {
    expect(await patchTree(await treeOf({ README: '' }), stubdoms)).toEqual([]);
  });
});

describe('patchTree with replace', () => {
  const newer = {
    'misc/config.sub': kernel,
    'misc/config.guess': guess('2022-01-03'),
    'automake-1.16/config.sub': plain,
  };
  const unpatchable = dashed('2005-01-01').replaceAll('-hpux*', '-hp*');

  test('puts the newest copy, patched, in the place of one that cannot be patched', async () => {
    const share = await treeOf(newer);
    const tree = await treeOf(
      { 'config.sub': unpatchable, 'config.guess': guess('2005-01-01'), 'a/config.sub': plain },
      0o755,
    );
    const files = await patchTree(tree, stubdoms, { replace: true, share });
    expect(files.map((file) => [file.path, file.action, file.by?.timestamp])).toEqual([
      ['a/config.sub', 'patched', undefined],
      ['config.guess', 'replaced', '2022-01-03'],
      ['config.sub', 'replaced', '2022-01-03'],
    ]);
    expect((await say(join(tree, 'config.sub'), 'i686-xen-stubdom')).status).toBe(0);
    expect((await lstat(join(tree, 'config.sub'))).mode & 0o777).toBe(0o755);
    expect(await read(share, 'misc/config.sub')).toBe(kernel);
    expect(describePatched(files)[2]).toBe(
      `config.sub (2005-01-01): replaced by ${share}/misc/config.sub of 2022-01-03, patched: adds stubdom`,
    );
  });

  test('a config.guess is replaced also when it does not know this machine', async () => {
    const share = await treeOf(newer);
    const tree = await treeOf({
      'config.sub': plain,
      'config.guess': guess('1999-01-01', 'exit 1'),
      'b/config.guess': guess('1999-01-01'),
    });
    const files = await patchTree(tree, stubdoms, { replace: true, share });
    expect(files.map((file) => file.action)).toEqual(['accepted', 'replaced', 'patched']);
  });

  test('a file takes the place of a link that leads out of the tree', async () => {
    const share = await treeOf(newer);
    const tree = await treeOf({ README: '' });
    await symlink(join(share, 'misc/config.sub'), join(tree, 'config.sub'));
    const [file] = await patchTree(tree, stubdoms, { replace: true, share });
    expect(file?.action).toBe('replaced');
    expect((await lstat(join(tree, 'config.sub'))).isFile()).toBe(true);
    expect(await read(share, 'misc/config.sub')).toBe(kernel);
  });

  test('an older copy never takes the place of a newer one', async () => {
    const share = await treeOf({ 'misc/config.sub': plain });
    const tree = await treeOf({ 'config.sub': kernel.replaceAll('hpux*', 'hp*') });
    const [file] = await patchTree(tree, stubdoms, { replace: true, share });
    expect(file?.action).toBe('unsafe');
    expect(file?.reason).toContain('of 2019-06-30, is not newer');
  });

  test('a machine without copies says which package has them', async () => {
    const share = await treeOf({});
    const tree = await treeOf({ 'config.sub': unpatchable });
    const [file] = await patchTree(tree, stubdoms, { replace: true, share });
    expect(file?.reason).toContain('autotools-dev');
  });
});

describe('gnuconfigIdentity', () => {
  test('follows the systems and nothing else', () => {
    const identity = configSubIdentity(stubdoms);
    expect(identity).toMatch(/^[0-9a-f]{64}$/);
    expect(configSubIdentity(structuredClone(stubdoms))).toBe(identity);
    expect(configSubIdentity(systemsOfTriples(['x86_64-xen-stubdom']))).not.toBe(identity);
    expect(configSubIdentity(systemsOfTriples(['x86_64-xen-minios']))).not.toBe(
      configSubIdentity(systemsOfTriples(['x86_64-xen-stubdom'])),
    );
  });
});
