import { getMaxListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Session } from '../../../src/app/session.js';
import { findProject } from '../../../src/project/project.js';

test('any number of commands may wait for the end of a session', () => {
  const { signal } = new AbortController();
  const session = new Session({ project: findProject(), emit: () => {}, signal });
  expect(session.signal).toBe(signal);
  // Node.js would warn of a leak from this many listeners on; 0 stands for no end.
  expect(getMaxListeners(signal)).toBe(0);
});
