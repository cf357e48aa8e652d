/** The packing that exported scripts bring along, beside stubforge's own. */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { writeImage } from '../../../src/artifacts/image/write-image.js';
import { linkGuest } from '../../support/guest/guest.js';
import { temporaryTree } from '../../support/temporary.js';

const packer = resolve('share/export/pack-image');

// When this fails because stubforge now packs in another way on purpose, the version of images
// has to be raised too.
test.each([32, 64] as const)('gives the same bytes for a %i-bit program', async (bits) => {
  const dir = await temporaryTree({
    'share/z': 'zed',
    'share/a/deep': 'd'.repeat(33),
    'share/\uff5e': 'wave',
    'share/\u{10400}': 'long',
    'share/tool': '#!/bin/sh\n',
    motd: 'hello\n',
    empty: '',
  });
  await chmod(join(dir, 'share/tool'), 0o755);
  await symlink('a/deep', join(dir, 'share/link'));
  await mkdir(join(dir, 'share/none'));
  await writeFile(join(dir, 'program'), await linkGuest({ bits }));
  const files = [
    { sourcePath: join(dir, 'share'), guestPath: '/usr/share' },
    { sourcePath: join(dir, 'share/a'), guestPath: '/usr/share/more' },
    { sourcePath: join(dir, 'motd'), guestPath: '/etc/motd', mode: 0o600 },
    { sourcePath: join(dir, 'empty'), guestPath: '/empty' },
  ];
  const words = ['guest', '', 'two words', 'ümlaut'];
  const own = await writeImage({
    program: join(dir, 'program'),
    files,
    arguments: words,
    date: 946684800,
    directory: join(dir, 'own'),
    name: 'image',
  });
  await execa(packer, [
    join(dir, 'program'),
    join(dir, 'other.elf'),
    ...files.flatMap(({ sourcePath, guestPath, mode }) => [
      ...['--file', sourcePath, guestPath, mode?.toString(8) ?? '-'],
    ]),
    ...words.flatMap((word) => ['--argument', word]),
  ]);
  const [a, b] = await Promise.all([own.elf, join(dir, 'other.elf')].map((file) => readFile(file)));
  expect(b!.length).toBe(a!.length);
  expect(b!.equals(a!)).toBe(true);
});

test('refuses what cannot be packed, and leaves no image', async () => {
  const dir = await temporaryTree({ program: 'no ELF file', motd: '' });
  const pack = (...words: string[]) =>
    execa(packer, [join(dir, 'program'), join(dir, 'image'), ...words], { reject: false });
  expect((await pack()).stderr).toContain('is not a little-endian ELF file');
  expect((await pack('--file', join(dir, 'missing'), '/a', '-')).exitCode).not.toBe(0);
  const motd = ['--file', join(dir, 'motd')];
  expect((await pack(...motd, '/a', '-', ...motd, '/a', '-')).stderr).toContain('packed twice');
  expect((await pack(...motd, '/a', '-', ...motd, '/a/b', '-')).stderr).toContain(
    'not a directory',
  );
  await expect(readFile(join(dir, 'image'))).rejects.toThrow('ENOENT');
});
