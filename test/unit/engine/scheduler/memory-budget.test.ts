import { expect, test } from 'vitest';
import { availableMemory, MemoryBudget } from '../../../../src/engine/scheduler/memory-budget.js';
import { isPending } from '../../../support/until.js';

const signal = new AbortController().signal;

test('units that need more together than there is wait for each other', async () => {
  const budget = new MemoryBudget(100);
  const room = await budget.reserve(60, signal);
  const second = budget.reserve(60, signal);
  await budget.reserve(0, signal);
  await budget.reserve(30, signal);
  expect(await isPending(second)).toBe(true);
  room[Symbol.dispose]();
  await second;
});

test('a unit that needs more than there is runs alone', async () => {
  const budget = new MemoryBudget(100);
  const room = await budget.reserve(500, signal);
  const next = budget.reserve(1, signal);
  expect(await isPending(next)).toBe(true);
  room[Symbol.dispose]();
  await next;
});

test('who stops waiting holds up nobody', async () => {
  const budget = new MemoryBudget(100);
  const room = await budget.reserve(100, signal);
  const controller = new AbortController();
  const given = budget.reserve(90, controller.signal);
  controller.abort(new Error('stopped'));
  await expect(given).rejects.toThrow('stopped');
  room[Symbol.dispose]();
  await budget.reserve(100, signal);
});

test('the memory of this machine is known', async () => {
  expect(await availableMemory()).toBeGreaterThan(2 ** 24);
});
