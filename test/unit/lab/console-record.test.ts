import { expect, test } from 'vitest';
import { ConsoleRecord } from '../../../src/lab/xl/console-record.js';

const never = new AbortController().signal;

test('a line is found once, and later ones after it', async () => {
  const record = new ConsoleRecord();
  for (const line of ['login: a', 'x', 'login: b']) record.line(line);
  expect(await record.appears(/^login/, never)).toBe('login: a');
  expect(await record.appears(/^login/, never)).toBe('login: b');
  const third = record.appears(/^login/, never);
  record.line('other');
  record.line('login: c');
  expect(await third).toBe('login: c');
});

test('a prompt is found before its line has ended, and not again when it has', async () => {
  const record = new ConsoleRecord();
  record.partial('name? ');
  expect(await record.appears(/name\?/, never)).toBe('name? ');
  expect(record.find(/name\?/)).toBeUndefined();
});

test('waiting ends with the reason of the signal', async () => {
  const late = new AbortController();
  const waiting = new ConsoleRecord().appears(/x/, late.signal);
  late.abort(new Error('too late'));
  await expect(waiting).rejects.toThrow('too late');
});
