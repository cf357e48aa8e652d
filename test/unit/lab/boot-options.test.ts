import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseMemory, parsePattern, parseSeconds } from '../../../src/lab/boot-options.js';
import { chooseHypervisor, installedHypervisors } from '../../../src/lab/hypervisor.js';
import { pvhArguments, xenArguments } from '../../../src/lab/qemu.js';
import { UserError } from '../../../src/util/diagnostic.js';
import { temporaryTree } from '../../support/temporary.js';

const MiB = 2 ** 20;

test('words of the command line', () => {
  expect(['64', '64M', '64MiB', '65536K', '1G'].map(parseMemory)).toEqual([
    ...[64 * MiB, 64 * MiB, 64 * MiB, 64 * MiB, 1024 * MiB],
  ]);
  for (const text of ['', '0', '-1', '64X', '1K', '1e3', '99999G']) {
    expect(() => parseMemory(text)).toThrow(UserError);
  }
  expect(parseSeconds('0.5')).toBe(0.5);
  for (const text of ['', '0', '-1', 'x', '9999999']) {
    expect(() => parseSeconds(text)).toThrow(UserError);
  }
  expect(parsePattern('^a+$').test('aa')).toBe(true);
  expect(() => parsePattern('(')).toThrow(UserError);
});

test('a command line cannot become an option or another module', () => {
  const guest = { accelerator: 'tcg' as const, memory: 64 * MiB, cmdline: '-s a,b file=/etc/x' };
  const xen = xenArguments('xen', 'image', guest);
  expect(xen[xen.indexOf('-initrd') + 1]).toBe('image -s a,,b file=/etc/x');
  const pvh = pvhArguments('image', guest);
  expect(pvh.at(-1)).toBe('-s a,b file=/etc/x');
  expect(pvh[pvh.indexOf('-m') + 1]).toBe('64');
});

describe('the hypervisor', () => {
  const with32 = gzipSync('... xen-%d.%d-x86_32p ...');
  const without = gzipSync('...');

  test('is the newest by version, and one with CONFIG_PV32 for 32 bits', async () => {
    const directory = await temporaryTree();
    const write = (name: string, bytes: Buffer) => writeFile(join(directory, name), bytes);
    await write('xen-4.17-amd64.gz', without);
    await write('xen-4.9-amd64.gz', with32);
    await write('xen-4.17-amd64.config', without);
    expect(await installedHypervisors(directory)).toEqual(
      ['xen-4.17-amd64.gz', 'xen-4.9-amd64.gz'].map((name) => join(directory, name)),
    );
    expect((await chooseHypervisor(64, { directory })).path).toBe(
      join(directory, 'xen-4.17-amd64.gz'),
    );
    expect((await chooseHypervisor(32, { directory })).path).toBe(
      join(directory, 'xen-4.9-amd64.gz'),
    );
    const find = async () => join(directory, 'xen-4.9-amd64.gz');
    expect((await chooseHypervisor(64, { directory, find })).path).toMatch(/4\.9/);
    const path = join(directory, 'xen-4.17-amd64.gz');
    await expect(chooseHypervisor(32, { path })).rejects.toThrow(/without CONFIG_PV32/);
  });

  test('that is missing comes with what to install or build', async () => {
    const directory = await temporaryTree();
    const diagnostic = async (bits: 32 | 64) => {
      try {
        await chooseHypervisor(bits, { directory });
      } catch (error) {
        if (error instanceof UserError) return error.diagnostics[0]?.help;
      }
      return undefined;
    };
    expect(await diagnostic(64)).toMatch(/^install one: apt-get install .*xen-/);
    expect(await diagnostic(32)).toMatch(/^build one: stubforge build xen-hypervisor-pv32/);
    await expect(chooseHypervisor(64, { path: join(directory, 'none') })).rejects.toThrow(
      UserError,
    );
  });
});
