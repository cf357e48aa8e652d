import { existsSync } from 'node:fs';
import { readdir, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { tidyState } from '../../../../src/engine/housekeeping/tidy-state.js';
import { StateLayout } from '../../../../src/project/state-layout.js';
import { MachineViews } from '../../../../src/sandbox/machine-view.js';
import { Store } from '../../../../src/store/store.js';
import { temporaryTree } from '../../../support/temporary.js';

const DAY = 86_400;

test('folders of sandboxes go when none was opened for a day, with the copies only they have', async () => {
  const state = new StateLayout(await temporaryTree());
  const folderOf = async (commands: string[]) => {
    const { mounts } = await new MachineViews(state.sandboxes).commands(commands);
    return dirname(mounts.find(({ at }) => at === '/usr/bin')!.from);
  };
  const age = async (folder: string) => {
    const time = Date.now() / 1000 - 2 * DAY;
    await utimes(folder, time, time);
  };
  const unused = await folderOf(['cat', 'ls']);
  const used = await folderOf(['cat', 'head']);
  await Promise.all([unused, used].map(age));
  expect(await folderOf(['cat', 'head'])).toBe(used);
  expect(await readdir(join(state.sandboxes, 'commands'))).toHaveLength(3);

  const tidy = (dryRun: boolean, keepRecent = 0) =>
    tidyState(state, new Store(state.store), { keepRecent, dryRun });
  expect(await tidy(false, 7 * DAY)).toMatchObject({ sandboxes: 0, bytes: 0 });
  const told = await tidy(true);
  expect(existsSync(unused)).toBe(true);
  const tidied = await tidy(false);
  expect(told).toEqual(tidied);
  expect(tidied.sandboxes).toBe(1);
  expect(tidied.bytes).toBeGreaterThan(10_000);
  expect([existsSync(unused), existsSync(used)]).toEqual([false, true]);
  expect(await readdir(join(state.sandboxes, 'commands'))).toHaveLength(2);
});
