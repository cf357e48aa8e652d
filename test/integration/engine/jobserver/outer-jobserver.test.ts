/** stubforge as a client of the jobserver of a real make. */
import { spawn } from 'node:child_process';
import { constants, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import {
  OuterJobserver,
  parseMakeFlags,
} from '../../../../src/engine/jobserver/outer-jobserver.js';
import { TokenPool } from '../../../../src/engine/jobserver/token-pool.js';
import { temporaryTree } from '../../../support/temporary.js';
import { until } from '../../../support/until.js';

const signal = new AbortController().signal;

test('what $MAKEFLAGS of each version of make says', () => {
  const pipe = { read: '/proc/self/fd/3', write: '/proc/self/fd/4' };
  expect(parseMakeFlags(' -j8 --jobserver-auth=3,4')).toEqual({ ...pipe, jobs: 8 });
  expect(parseMakeFlags('kw -j --jobserver-fds=3,4 -- X=--jobserver-auth=5,6')).toEqual(pipe);
  expect(parseMakeFlags(' -j2 --jobserver-auth=fifo:/tmp/GMfifo1')).toEqual({
    read: '/tmp/GMfifo1',
    write: '/tmp/GMfifo1',
    jobs: 2,
  });
  expect(parseMakeFlags('')).toBeUndefined();
  expect(parseMakeFlags(' -j4')).toBeUndefined();
});

/** A jobserver in a FIFO with these tokens, and what lies in it now. */
async function jobserver(tokens: string) {
  const path = join(await temporaryTree(), 'fifo');
  await execa('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const writer = spawn('/bin/sh', ['-c', `printf %s ${tokens} >${path}`]);
  await new Promise((resolve) => writer.on('close', resolve));
  return {
    path,
    lying: () => {
      const bytes = Buffer.alloc(64);
      try {
        return bytes.toString('latin1', 0, readSync(fd, bytes));
      } catch {
        return '';
      }
    },
  };
}

test('tokens beyond the first are taken from it, and all of them go back as they came', async () => {
  const { path, lying } = await jobserver('abc');
  const pool = new TokenPool(8, OuterJobserver.join({ read: path, write: path })!);
  onTestFinished(() => pool[Symbol.dispose]());
  const held = await Promise.all([1, 2, 3, 4].map(() => pool.acquire(1, signal)));
  const waiting = pool.acquire(1, signal);
  expect(lying()).toBe('');
  held[0]!.release();
  held.push(await waiting);
  for (const token of held) token.release();
  expect([...lying()].sort().join('')).toBe('abc');
});

test('-j bounds what is taken', async () => {
  const { path, lying } = await jobserver('abc');
  const pool = new TokenPool(2, OuterJobserver.join({ read: path, write: path })!);
  onTestFinished(() => pool[Symbol.dispose]());
  const held = await Promise.all([1, 2].map(() => pool.acquire(1, signal)));
  const third = pool.acquire(1, signal);
  expect(lying()).toHaveLength(2);
  held[0]!.release();
  (await third).release();
});

test('what a tool does not want goes back while the pool lives', async () => {
  const { path, lying } = await jobserver('ab');
  const pool = new TokenPool(8, OuterJobserver.join({ read: path, write: path })!);
  onTestFinished(() => pool[Symbol.dispose]());
  await pool.acquire(1, signal);
  const feed = await pool.openFeed(join(await temporaryTree(), 'feed'), 1);
  onTestFinished(() => feed[Symbol.asyncDispose]());
  let returned = '';
  await until(() => {
    returned += lying();
    return returned.length >= 2;
  });
  expect([...returned].sort().join('')).toBe('ab');
});

test('a line without + gets no descriptors, which is told and not an error', async () => {
  const folder = await temporaryTree({
    Makefile: 'all:\n\t@readlink /proc/self/fd/3 >seen || echo none >seen\n',
  });
  await execa('make', ['-j2'], { cwd: folder });
  expect((await readFile(join(folder, 'seen'), 'utf8')).trim()).toBe('none');
  expect(
    OuterJobserver.join({ read: '/proc/self/fd/987', write: '/proc/self/fd/988' }),
  ).toBeUndefined();
});
