import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Memo } from '../../../src/util/memo.js';
import { stampOf, stampsHold, stampsSince } from '../../../src/util/stamps.js';
import { temporaryTree } from '../../support/temporary.js';
import { untilLaterThan } from '../../support/until.js';

/** Lets the clock be a minute further, as seen by this program. */
function minuteLater() {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
}

test('a stamp changes with the content, even where size and time are put back', async () => {
  const file = join(await temporaryTree({ x: 'one' }), 'x');
  const old = new Date(2020, 1);
  await utimes(file, old, old);
  const before = stampOf(file);
  await untilLaterThan(file);
  await writeFile(file, 'two');
  await utimes(file, old, old);
  expect(stampOf(file)).not.toBe(before);
  expect(stampOf(`${file}-missing`)).toBe('');
});

test('there are no stamps of a file that may have changed since it was read', async () => {
  const file = join(await temporaryTree(), 'x');
  const before = Date.now();
  await writeFile(file, '1');
  expect(stampsSince([file], before)).toBeUndefined();
  const stamps = stampsSince([file, `${file}-missing`], before + 60_000)!;
  expect(stamps).toEqual({ [file]: stampOf(file), [`${file}-missing`]: '' });
  expect(stampsHold(stamps)).toBe(true);
  await writeFile(`${file}-missing`, '');
  expect(stampsHold(stamps)).toBe(false);
});

test('a value is computed again only when what it was read from has changed', async () => {
  const dir = await temporaryTree({ input: '1' });
  const input = join(dir, 'input');
  minuteLater();
  let computed = 0;
  const value = () =>
    new Memo(dir).remember('kept', 1, async () => {
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
