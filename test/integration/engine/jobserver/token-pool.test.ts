import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Feed } from '../../../../src/engine/jobserver/feed.js';
import { TokenPool } from '../../../../src/engine/jobserver/token-pool.js';
import { temporaryTree } from '../../../support/temporary.js';
import { isPending, until } from '../../../support/until.js';

const signal = new AbortController().signal;

function poolOf(jobs: number): TokenPool {
  const pool = new TokenPool(jobs);
  onTestFinished(() => pool[Symbol.dispose]());
  return pool;
}

async function feedOf(pool: TokenPool, priority: number): Promise<Feed> {
  const feed = await pool.openFeed(join(await temporaryTree(), 'feed'), priority);
  onTestFinished(() => feed[Symbol.asyncDispose]());
  return feed;
}

/** Makefile rules with jobs that note their beginning and end, and run a command in between. */
const makefile = (jobs: number, command: string) =>
  `all: ${Array.from({ length: jobs }, (_each, index) => `job${index}`).join(' ')}\n` +
  `job%:\n\t@echo + >>events; ${command}; echo - >>events\n`;

/** Waits until so many jobs have begun, and leaves a moment to others that should not begin. */
const meeting = (jobs: number) =>
  `until [ $$(grep -c + events) -ge ${jobs} ]; do sleep 0.02; done; sleep 0.2`;

/** The largest number of jobs that ran at the same time, by their notes. */
async function mostAtOnce(folder: string): Promise<number> {
  let now = 0;
  let most = 0;
  for (const line of (await readFile(join(folder, 'events'), 'utf8')).trim().split('\n')) {
    now += line === '+' ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}

/** make as a phase starts it: with the ends of the feed as descriptors 8 and 9. */
function startMake(feed: Feed, folder: string): { child: ChildProcess; ended: Promise<number> } {
  const script = `exec 8<${feed.directory}/tokens 9>${feed.directory}/returns; exec make`;
  const child = spawn('/bin/sh', ['-c', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, MAKEFLAGS: ' -j8 --jobserver-auth=8,9' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const ended = new Promise<number>((resolve) =>
    child.on('close', (code) => {
      // make says so when it does not understand what it was handed.
      expect(said).not.toContain('jobserver');
      resolve(code ?? -1);
    }),
  );
  return { child, ended };
}

test('no more tokens are handed out than there are, and the longest path comes first', async () => {
  const pool = poolOf(2);
  const first = await pool.acquire(1, signal);
  await pool.acquire(1, signal);
  const order: string[] = [];
  const short = pool.acquire(5, signal).then((token) => {
    order.push('short');
    return token;
  });
  const long = pool.acquire(90, signal).then((token) => {
    order.push('long');
    return token;
  });
  expect(await isPending(short)).toBe(true);
  first.release();
  first.release();
  (await long).release();
  (await short).release();
  expect(order).toEqual(['long', 'short']);
});

test('a token is exchanged only with somebody more urgent', async () => {
  const pool = poolOf(1);
  const mine = await pool.acquire(50, signal);
  const lesser = pool.acquire(10, signal);
  const again = await pool.exchange(mine, 50, signal);
  const urgent = pool.acquire(70, signal);
  const last = pool.exchange(again, 50, signal);
  (await urgent).release();
  (await last).release();
  (await lesser).release();
});

test('who stops waiting gets no token and holds up nobody', async () => {
  const pool = poolOf(1);
  const held = await pool.acquire(1, signal);
  const controller = new AbortController();
  const given = pool.acquire(9, controller.signal);
  const next = pool.acquire(1, signal);
  controller.abort(new Error('stopped'));
  await expect(given).rejects.toThrow('stopped');
  held.release();
  await next;
});

test('make runs as many jobs as there are tokens, and one that is killed gives them back', async () => {
  const pool = poolOf(3);
  await pool.acquire(10, signal);
  const folder = await temporaryTree({ Makefile: makefile(9, meeting(3)) });
  const feed = await feedOf(pool, 10);
  expect(await startMake(feed, folder).ended).toBe(0);
  expect(await mostAtOnce(folder)).toBe(3);

  await writeFile(join(folder, 'Makefile'), makefile(3, 'sleep 600'));
  await writeFile(join(folder, 'events'), '');
  const { child, ended } = startMake(feed, folder);
  await until(async () => (await readFile(join(folder, 'events'), 'utf8')).length >= 6);
  const others = [pool.acquire(1, signal), pool.acquire(1, signal)];
  expect(await isPending(others[0]!)).toBe(true);
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
  await feed[Symbol.asyncDispose]();
  await Promise.all(others);
});

test('tokens that a tool leaves lying go to who waits, and come back when it wants them', async () => {
  const pool = poolOf(2);
  await pool.acquire(90, signal);
  const feed = await feedOf(pool, 90);
  const idle = await pool.acquire(1, signal);
  expect(feed.outstanding).toBe(0);
  idle.release();
  expect(feed.outstanding).toBe(1);
});

test('a token passes from a shorter path to a longer one as soon as its job ends', async () => {
  const pool = poolOf(3);
  await pool.acquire(1, signal);
  const long = await temporaryTree({ Makefile: makefile(8, meeting(2)) });
  const short = await temporaryTree({ Makefile: makefile(60, 'sleep 0.2') });
  const lesser = await feedOf(pool, 1);
  const running = startMake(lesser, short);
  await until(() => lesser.outstanding >= 2);
  await pool.acquire(90, signal).then((token) => onTestFinished(() => token.release()));
  const feed = await feedOf(pool, 90);
  expect(await startMake(feed, long).ended).toBe(0);
  expect(await mostAtOnce(long)).toBe(2);
  process.kill(-running.child.pid!, 'SIGKILL');
  await running.ended;
});

test('what a tool gives back without having taken it makes no tokens', async () => {
  const pool = poolOf(2);
  await pool.acquire(1, signal);
  const feed = await feedOf(pool, 1);
  const { offeredAt } = feed;
  await writeFile(join(feed.directory, 'returns'), '\n\n\n\n');
  // The one that it could have taken is offered again.
  await until(() => feed.offeredAt > offeredAt);
  expect(feed.outstanding).toBe(1);
  await pool.acquire(1, signal);
  expect(await isPending(pool.acquire(1, signal))).toBe(true);
});
