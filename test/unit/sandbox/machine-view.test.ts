import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MachineCommands } from '../../../src/sandbox/machine-commands.js';
import { MachineViews } from '../../../src/sandbox/machine-view.js';
import { temporaryTree } from '../../support/temporary.js';

test('a command comes with the steps of its links, and not with the detour over /etc', async () => {
  const entries = await new MachineCommands().resolve(['awk', 'sh']);
  const awk = entries.get('awk') as { target: string };
  expect(awk.target).toMatch(/^[a-z]*awk$/);
  expect(entries.get(awk.target)).toHaveProperty('file');
  expect([...entries.keys()].sort()).toEqual(['awk', awk.target, 'dash', 'sh'].sort());
});

test('a script comes with its interpreter, and what is not there is left out', async () => {
  const entries = await new MachineCommands().resolve(['ldd', 'no-such-command']);
  expect(entries.has('no-such-command')).toBe(false);
  // Debian's ldd is a script of bash.
  expect(entries.get('ldd')).toHaveProperty('file');
  expect(entries.has('bash')).toBe(true);
});

test('the folder of commands holds those and no others, and is written once', async () => {
  const state = await temporaryTree();
  const one = new MachineViews(state);
  // Those of one object share what is being written; others may be quicker by themselves.
  const views = await Promise.all(
    [one, one, new MachineViews(state)].map((each) => each.commands(['cat', 'awk'])),
  );
  const bin = views[0]!.mounts.find((mount) => mount.at === '/usr/bin')!.from;
  expect(new Set(views.map((view) => JSON.stringify(view))).size).toBe(1);
  const names = await readdir(bin);
  expect(names).toContain('cat');
  expect(names).toHaveLength(3);
  expect(await readlink(join(bin, 'awk'))).toMatch(/^[a-z]*awk$/);
  expect(await readFile(join(bin, 'cat'))).toEqual(await readFile('/usr/bin/cat'));
  expect((await readdir(state)).filter((name) => name.includes('tmp'))).toEqual([]);
  const other = await one.commands(['cat']);
  expect(other.mounts.find((mount) => mount.at === '/usr/bin')!.from).not.toBe(bin);
});

test('no folder of commands lets /usr/local, /home or the real /etc in', async () => {
  const { mounts } = await new MachineViews(await temporaryTree()).commands(['cat']);
  expect(mounts.map((mount) => mount.at).sort()).toEqual(
    expect.arrayContaining(['/etc', '/usr/bin', '/usr/lib', '/usr/share']),
  );
  for (const { at, from, writable } of mounts) {
    expect(writable).toBeFalsy();
    expect(at).toMatch(/^\/(etc|usr\/(bin|lib|lib32|lib64|libx32|libexec|share))$/);
    if (at === '/etc') expect(from).not.toBe('/etc');
  }
});
