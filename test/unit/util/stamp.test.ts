import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { rememberedWhile, settledStamps, stampOf } from '../../../src/util/stamp.js';
import { temporaryTree } from '../../support/temporary.js';

test('a stamp changes with the content, even where size and time are put back', async () => {
  const file = join(await temporaryTree({ x: 'one' }), 'x');
  const old = new Date(2020, 1);
  await utimes(file, old, old);
  const before = stampOf(file);
  await setTimeout(30);
  await writeFile(file, 'two');
  await utimes(file, old, old);
  expect(stampOf(file)).not.toBe(before);
  expect(stampOf(`${file}-missing`)).toBe('');
});

test('a file that has just changed has no settled stamp yet', async () => {
  const file = join(await temporaryTree(), 'x');
  await writeFile(file, '1');
  expect(settledStamps([file])).toBeUndefined();
  await setTimeout(120);
  expect(settledStamps([file])).toEqual({ [file]: stampOf(file) });
});

test('a value is computed again only when what it was read from has changed', async () => {
  const dir = await temporaryTree({ input: '1' });
  const input = join(dir, 'input');
  await setTimeout(120);
  let computed = 0;
  const value = () =>
    rememberedWhile(join(dir, 'kept.json'), 1, async () => {
      computed += 1;
      return { value: computed, paths: [input, `${input}-absent`] };
    });
  expect([await value(), await value()]).toEqual([1, 1]);
  await writeFile(`${input}-new`, '1');
  await rename(`${input}-new`, input);
  expect(await value()).toBe(2);
  await writeFile(join(dir, 'kept.json'), '{"half');
  expect(await value()).toBe(3);
});
