import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { packImage } from '../../../src/artifacts/image/pack-image.js';
import type { BootResult } from '../../../src/lab/boot-image.js';
import { type GuestOptions, linkGuest } from '../../support/guest/guest.js';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const noLab = lacks('qemu-system-x86');

/** Writes a guest as a packed image, compressed where its name says so. */
async function guestFile(options: GuestOptions, name = 'guest'): Promise<string> {
  const file = join(await temporaryTree(), name);
  const elf = await linkGuest(options);
  const image = packImage({ elf, files: [], arguments: ['guest'], date: 0 });
  await writeFile(file, name.endsWith('.gz') ? gzipSync(image) : image);
  return file;
}

async function boot(...words: string[]) {
  const ran = await stubforgeJson<BootResult>(['boot', ...words]);
  const lines = ran.events.flatMap((event) => (event.type === 'console' ? [event.line] : []));
  expect(ran.value, ran.stdout + ran.stderr).toBeDefined();
  return { exitCode: ran.exitCode, lines, result: ran.value };
}

describe.skipIf(noLab)('booting', () => {
  beforeAll(async () => {
    const built = await stubforge(['build', 'xen-hypervisor', 'xen-hypervisor-pv32']);
    expect(built.exitCode, built.stderr).toBe(0);
  });

  const labs = [
    ['64', 'xen'],
    ['64', 'pvh'],
    ['32', 'xen'],
    ['32', 'pvh'],
  ] as const;

  test.each(labs)('a %s-bit guest under %s passes, compressed too', async (bits, under) => {
    for (const name of ['guest', 'guest with spaces, and commas.gz']) {
      const file = await guestFile({ bits: bits === '64' ? 64 : 32 }, name);
      const { exitCode, lines, result } = await boot(file, '--under', under, '--expect', '^hello$');
      expect(result).toMatchObject({ outcome: 'passed', status: 0 });
      expect(lines).toEqual(['hello', 'nub: exit status 0']);
      expect(exitCode).toBe(0);
    }
  });

  const endings: [string, GuestOptions, string[], string, number][] = [
    ['of another status', { bits: 64, text: 'nub: exit status 7\n' }, [], 'failed', 1],
    ['without what was expected', { bits: 64 }, ['--expect', 'goodbye'], 'unmatched', 1],
    ['by a crash', { bits: 64, text: 'hi\n', end: 'crash' }, [], 'crashed', 3],
    ['by a panic', { bits: 64, text: 'nub: panic: x\n at y\n', end: 'hang' }, [], 'crashed', 3],
    ['never', { bits: 64, text: 'hi\n', end: 'hang' }, ['--timeout', '4'], 'hung', 4],
    ['never, with a verdict', { bits: 64, end: 'hang' }, [], 'hung', 4],
    ['without a verdict', { bits: 64, text: 'hi\n' }, [], 'no-verdict', 5],
    [
      'with a verdict that is not last',
      { bits: 64, text: 'nub: exit status 0\nbye\n' },
      [],
      'no-verdict',
      5,
    ],
  ];
  for (const under of ['xen', 'pvh']) {
    test.each(endings)(`the end %s, under ${under}`, async (_name, guest, words, outcome, code) => {
      const { exitCode, result } = await boot(await guestFile(guest), '--under', under, ...words);
      expect(result.outcome, result.detail).toBe(outcome);
      expect(exitCode).toBe(code);
    });
  }

  // The timeout is longer than the test's own.
  test('a guest without a verdict passes with the first match and is ended then', async () => {
    const file = await guestFile({ bits: 64, text: 'loading\nshell> ', end: 'hang' });
    const words = ['--no-verdict', '--under', 'pvh', '--timeout', '5000'];
    const { exitCode, result } = await boot(file, ...words, '--expect', '^shell> $');
    expect(result.outcome).toBe('passed');
    expect(exitCode).toBe(0);
  });

  test('the log has every line, the console only those of the guest', async () => {
    const file = await guestFile({ bits: 64 });
    const log = join(await temporaryTree(), 'log');
    const { lines } = await boot(file, '--log', log);
    expect(lines).toEqual(['hello', 'nub: exit status 0']);
    const text = await readFile(log, 'utf8');
    expect(text).toMatch(/^\(XEN\) .*Xen version/m);
    expect(text).toMatch(/^hello$/m);
  });

  test.skipIf(lacks('grub-xen-bin', 'grub-common'))(
    "GRUB, which needs a console of an ordinary guest's, crashes as the initial domain",
    async () => {
      const file = join(await temporaryTree(), 'grub');
      await execa('grub-mkimage', ['-O', 'x86_64-xen', '-o', file, '-p', '/', 'normal']);
      const { exitCode, result } = await boot(file);
      expect(result.outcome).toBe('crashed');
      expect(result.detail).toMatch(/^Domain 0 /);
      expect(exitCode).toBe(3);
    },
  );

  test('what cannot be booted is refused with the rules that say why', async () => {
    const ls = await stubforge(['boot', '/bin/ls']);
    expect(ls.exitCode).toBe(1);
    expect(ls.stderr).toMatch(/xen-notes: /);
    const none = await stubforge(['boot', '/there/is/none', '--under', 'pvh']);
    expect(none.exitCode).toBe(1);
    expect(none.stderr).toMatch(/there is no such file/);
    for (const words of [
      ['--under', 'kvm'],
      ['--memory', 'x'],
      ['--expect', '('],
    ]) {
      expect((await stubforge(['boot', '/bin/ls', ...words])).exitCode).toBe(2);
    }
  });

  /** The processes whose command line holds this text, without those that have ended. */
  async function processesWith(text: string): Promise<string[]> {
    const { stdout } = await execa('ps', ['-eo', 'pid=,stat=,args=']);
    return stdout
      .split('\n')
      .filter(
        (line) => line.includes(text) && line.includes('qemu-system') && !/^\s*\d+ Z/.test(line),
      );
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    '%s leaves no QEMU behind',
    async (signal) => {
      // An amount of memory that no other boot has, to find this one's QEMU by.
      const megabytes = 131 + ['SIGINT', 'SIGTERM', 'SIGKILL'].indexOf(signal);
      const file = await guestFile({ bits: 64, text: 'started\n', end: 'hang' });
      const scratch = await temporaryTree();
      const main = resolve('dist/cli/main.js');
      const child = spawn(
        process.execPath,
        [main, 'boot', file, '--under', 'pvh', '--memory', `${megabytes}MiB`, '--timeout', '100'],
        { env: { ...process.env, TMPDIR: scratch } },
      );
      const closed = new Promise<number | null>((done) => child.once('close', done));
      await new Promise<void>((done) => {
        child.stderr.on('data', (bytes: Buffer) => bytes.includes('started') && done());
      });
      expect(await processesWith(`-m ${megabytes} `)).toHaveLength(1);
      child.kill(signal);
      const code = await closed;
      await expect.poll(() => processesWith(`-m ${megabytes} `), { timeout: 5000 }).toEqual([]);
      if (signal === 'SIGKILL') return;
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(await readdir(scratch)).toEqual([]);
    },
  );
});
