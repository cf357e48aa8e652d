import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packImage } from '../../../src/artifacts/image/pack-image.js';
import type { XlConfig } from '../../../src/artifacts/image/xl-config.js';
import { linkGuest } from '../../support/guest/guest.js';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

async function image(bits: 32 | 64, name = 'image.gz'): Promise<string> {
  const file = join(await temporaryTree(), name);
  const elf = await linkGuest({ bits });
  await writeFile(file, gzipSync(packImage({ elf, files: [], arguments: ['guest'], date: 0 })));
  return file;
}

/** Options and their values, as xl reads them: comments begin with #. */
const options = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' = '));

test.skipIf(lacks('gcc', 'binutils'))(
  'the lines name the image and what xl needs beside it',
  async () => {
    const file = await image(64);
    const { exitCode, stdout, stderr } = await stubforge(['image', 'xl-config', file]);
    expect(exitCode, stderr).toBe(0);
    expect(options(stdout)).toEqual([
      ['type', '"hvm"'],
      ['device_model_version', '"qemu-xen"'],
      ['device_model_stubdomain_override', '1'],
      ['stubdomain_kernel', `"${file}"`],
      ['stubdomain_ramdisk', '"/etc/xen/xl.conf"'],
    ]);
    // Without a recipe nobody knows how much memory it needs.
    expect(stdout).toContain('# xl gives it 128 MiB');
    expect(stdout).not.toContain('CONFIG_PV32');
  },
);

test.skipIf(lacks('gcc', 'binutils'))(
  '--path, --memory and the width of the image are in the lines',
  async () => {
    const path = '/usr/lib/xen/boot/qemu.gz';
    const words = ['image', 'xl-config', await image(32), '--path', path, '--memory', '96MiB'];
    const { exitCode, value } = await stubforgeJson<XlConfig>(words);
    expect(exitCode).toBe(0);
    const values = new Map(value.settings.map((each) => [each.name, each.value]));
    expect(values.get('stubdomain_kernel')).toBe(path);
    expect(values.get('stubdomain_memory')).toBe(96);
    expect(options(value.text)).toHaveLength(value.settings.length);
    expect(value.text).toContain('CONFIG_PV32');
  },
);

test.skipIf(lacks('grub-xen-bin', 'grub-common'))(
  'an image that is no PV guest is refused',
  async () => {
    const file = join(await temporaryTree(), 'grub');
    await execa('grub-mkimage', ['-O', 'i386-xen_pvh', '-o', file, '-p', '/', 'normal']);
    const { exitCode, stderr } = await stubforge(['image', 'xl-config', file]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/cannot be a stub domain: xl starts these as PV guests/);
  },
);

test('what is no image, and paths that dom0 or xl.cfg cannot have, are refused', async () => {
  const none = await stubforge(['image', 'xl-config', '/there/is/none']);
  expect(none.exitCode).toBe(1);
  expect(none.stderr).toMatch(/cannot be read as an image\n.*there is no such file/);
  const relative = await stubforge(['image', 'xl-config', '/bin/ls', '--path', 'boot/x']);
  expect(relative.exitCode).toBe(2);
  expect((await stubforge(['image', 'xl-config', '/bin/ls', '--memory', 'x'])).exitCode).toBe(2);
});

test.skipIf(lacks('gcc', 'binutils'))(
  'a path with a quotation mark is refused, as xl.cfg cannot have it',
  async () => {
    const { exitCode, stderr } = await stubforge(['image', 'xl-config', await image(64, 'a"b')]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/xl\.cfg has no way to write the path/);
  },
);
