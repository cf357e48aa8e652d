import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { packImage } from '../../../src/artifacts/image/pack-image.js';
import type { Verification } from '../../../src/artifacts/image/verify/verify-image.js';
import { linkGuest } from '../../support/guest/guest.js';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

async function verify(words: string[]) {
  const ran = await stubforgeJson<{ images: Verification[] }>(['verify', ...words]);
  return { exitCode: ran.exitCode, images: ran.value.images };
}

function rulesWith(verification: Verification | undefined, status: string): string[] {
  return (verification?.findings ?? [])
    .filter((finding) => finding.status === status)
    .map((finding) => finding.rule);
}

function ableWays(verification: Verification | undefined): string[] {
  return (verification?.boots ?? []).filter((boot) => boot.able).map((boot) => boot.way);
}

/** GRUB as a guest kernel, made by GRUB's own tool from the distro's package. */
async function grubImage(directory: string, platform: string): Promise<string> {
  const output = join(directory, `grub-${platform}`);
  await execa('grub-mkimage', ['-O', platform, '-o', output, '-p', '/', 'normal', 'echo']);
  return output;
}

describe.skipIf(lacks('grub-xen-bin', 'grub-common'))("GRUB's images", () => {
  test.each([
    ['x86_64-xen', 'xen-pv', ['xen-pv', 'initial-domain']],
    ['i386-xen', 'xen-pv', ['xen-pv', 'initial-domain']],
    ['i386-xen_pvh', 'pvh', ['xen-pvh', 'qemu-pvh']],
  ])('%s passes as what it is, and is no stub domain', async (platform, profile, ways) => {
    const file = await grubImage(await temporaryTree(), platform);
    const { exitCode, images } = await verify([file]);
    expect(exitCode).toBe(0);
    expect(images[0]?.profiles).toEqual([profile]);
    expect(ableWays(images[0])).toEqual(ways);
    expect(rulesWith(images[0], 'warned')).toContain('segments-wx');
    const strict = await verify([file, '--profile', 'stubdom']);
    expect(strict.exitCode).toBe(1);
    expect(rulesWith(strict.images[0], 'failed')).toContain('segments-wx');
  });
});

test('a program of the host is no image, and the rules say why', async () => {
  const { exitCode, images } = await verify(['/bin/ls']);
  expect(exitCode).toBe(1);
  expect(rulesWith(images[0], 'failed')).toEqual(
    expect.arrayContaining(['static', 'no-dynamic-section', 'xen-notes', 'note-phys32-entry']),
  );
  expect(ableWays(images[0])).toEqual([]);
});

test('several images, whole and broken, compressed and not', async () => {
  const directory = await temporaryTree();
  const image = packImage({
    elf: await linkGuest({ bits: 64 }),
    files: [],
    arguments: ['guest'],
    date: 0,
  });
  const write = async (name: string, bytes: Buffer) => {
    await writeFile(join(directory, name), bytes);
    return join(directory, name);
  };
  const files = [
    await write('whole', image),
    await write('whole.gz', gzipSync(image)),
    await write('cut', image.subarray(0, 5000)),
    await write('cut.gz', gzipSync(image).subarray(0, 400)),
    await write('empty', Buffer.alloc(0)),
    join(directory, 'none'),
  ];
  const { exitCode, images } = await verify(files);
  expect(exitCode).toBe(1);
  expect(images.map((each) => each.passed)).toEqual([true, true, false, false, false, false]);
  expect(ableWays(images[0])).toEqual(['xen-pv', 'initial-domain', 'xen-pvh', 'qemu-pvh']);
  expect(rulesWith(images[2], 'failed')).toContain('elf-program-headers');
  expect(images.slice(3).map((each) => rulesWith(each, 'failed')[0])).toEqual([
    'gzip',
    'elf-magic',
    'readable',
  ]);
});

test('readelf finds nothing to complain about in an image', async () => {
  const directory = await temporaryTree();
  for (const bits of [32, 64] as const) {
    const file = join(directory, `image${bits}`);
    const files = [{ path: '/a', mode: 0o100644, content: Buffer.from('a') }];
    const elf = await linkGuest({ bits, flags: ['-g'] });
    await writeFile(file, packImage({ elf, files, arguments: [], date: 0 }));
    const { stdout, stderr } = await execa('readelf', ['-hlSnW', file]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\.nub\.files/);
    expect(stdout).not.toMatch(/\.symtab|\.debug/);
  }
});

test('words that make no sense', async () => {
  expect(await stubforge(['verify'])).toMatchObject({ exitCode: 2 });
  const wrong = await stubforge(['verify', '/bin/ls', '--profile', 'stubdon']);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toMatch(/did you mean 'stubdom'/);
});
