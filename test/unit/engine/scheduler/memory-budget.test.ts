import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { availableMemory, MemoryBudget } from '../../../../src/engine/scheduler/memory-budget.js';

const signal = new AbortController().signal;
const comes = (reserved: Promise<unknown>) =>
  Promise.race([reserved.then(() => true), setTimeout(50, false)]);

test('units that need more together than there is wait for each other', async () => {
  const budget = new MemoryBudget(100);
  const room = await budget.reserve(60, signal);
  const second = budget.reserve(60, signal);
  expect(await comes(budget.reserve(0, signal))).toBe(true);
  expect(await comes(budget.reserve(30, signal))).toBe(true);
  expect(await comes(second)).toBe(false);
  room[Symbol.dispose]();
  expect(await comes(second)).toBe(true);
});

test('a unit that needs more than there is runs alone', async () => {
  const budget = new MemoryBudget(100);
  const room = await budget.reserve(500, signal);
  const next = budget.reserve(1, signal);
  expect(await comes(next)).toBe(false);
  room[Symbol.dispose]();
  expect(await comes(next)).toBe(true);
});

test('who stops waiting holds up nobody', async () => {
  const budget = new MemoryBudget(100);
  const room = await budget.reserve(100, signal);
  const controller = new AbortController();
  const given = budget.reserve(90, controller.signal);
  controller.abort(new Error('stopped'));
  await expect(given).rejects.toThrow('stopped');
  room[Symbol.dispose]();
  expect(await comes(budget.reserve(100, signal))).toBe(true);
});

test('the memory of this machine is known', async () => {
  expect(await availableMemory()).toBeGreaterThan(2 ** 24);
});
