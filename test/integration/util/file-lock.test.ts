import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockFile } from '../../../src/util/file-lock.js';
import { isFree } from '../../support/flock.js';
import { temporaryTree } from '../../support/temporary.js';

const lockIn = async () => join(await temporaryTree(), 'folder', 'lock');

test('a lock is held to the end of its scope, and freed when that ends with an exception', async () => {
  const file = await lockIn();
  const scope = async () => {
    await using _lock = await lockFile(file);
    expect(isFree(file)).toBe(false);
    throw new Error('the work failed');
  };
  await expect(scope()).rejects.toThrow('the work failed');
  expect(isFree(file)).toBe(true);
});

test('those who share a lock hold it together, and keep out who wants it alone', async () => {
  const file = await lockIn();
  await using _one = await lockFile(file, { shared: true });
  await using _other = await lockFile(file, { shared: true });
  expect(isFree(file, true)).toBe(true);
  expect(isFree(file)).toBe(false);
});

test('who stops waiting hears why, and leaves the lock to others', async () => {
  const file = await lockIn();
  const first = await lockFile(file);
  const controller = new AbortController();
  let waited = 0;
  const onWait = () => {
    waited++;
    controller.abort(new Error('stopped'));
  };
  const second = lockFile(file, { signal: controller.signal, onWait });
  await expect(second).rejects.toThrow('stopped');
  expect(waited).toBe(1);
  await first[Symbol.asyncDispose]();
  expect(isFree(file)).toBe(true);
});

test('a child that inherits the descriptor holds the lock until it ends', async () => {
  const file = await lockIn();
  const lock = await lockFile(file);
  const stdio = ['ignore', 'ignore', 'ignore', lock.descriptor] as const;
  const child = spawn('sleep', ['600'], { stdio: [...stdio] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await lock[Symbol.asyncDispose]();
  expect(isFree(file)).toBe(false);
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(isFree(file)).toBe(true);
});

test('a file that cannot be locked is named, with what to do about it', async () => {
  const path = process.env.PATH;
  onTestFinished(() => {
    process.env.PATH = path;
  });
  const file = await lockIn();
  process.env.PATH = await temporaryTree();
  await expect(lockFile(file)).rejects.toMatchObject({
    diagnostics: [
      {
        message: `cannot lock ${file}`,
        help: expect.stringContaining('flock (util-linux)'),
      },
    ],
  });
});
