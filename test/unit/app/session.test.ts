import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Session } from '../../../src/app/session.js';
import { findProject } from '../../../src/project/project.js';

test('any number of commands may wait for the end of a session', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const { signal } = new AbortController();
  const session = new Session({ project: findProject(), emit: () => {}, signal });
  expect(session.signal).toBe(signal);
  // Node.js warns of a leak when there are more than ten.
  for (let count = 0; count < 50; count++) session.signal.addEventListener('abort', () => {});
  await setImmediate();
  expect(warnings).toEqual([]);
});
