/** Real commands in a real sandbox. */
import { chmod } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { enclose } from '../../../src/sandbox/enclose.js';
import { MachineViews } from '../../../src/sandbox/machine-view.js';
import type { SandboxedCommand } from '../../../src/sandbox/sandbox.js';
import { lacks } from '../../support/lacks.js';
import { temporaryTree } from '../../support/temporary.js';

/** Runs a script in a sandbox with base tools and one writable folder, by an ordinary user if asked. */
async function run(script: string, more: Partial<SandboxedCommand> = {}, uid?: number) {
  const state = await temporaryTree();
  const commands = ['sh', 'bash', 'cat', 'dd', 'id', 'ls', 'sleep', 'touch', 'wc', 'grep'];
  const machine = await new MachineViews(state).commands(commands);
  const work = await temporaryTree();
  for (const folder of [state, work]) await chmod(folder, 0o777);
  const started = enclose({
    command: ['/bin/sh', '-c', script],
    directory: '/work',
    environment: { PATH: '/usr/bin', LC_ALL: 'C', MARK: "it's" },
    view: { ...machine, mounts: [...machine.mounts, { from: work, at: '/work', writable: true }] },
    ...more,
  });
  const { exitCode, all } = await execa(started.words[0]!, started.words.slice(1), {
    cwd: started.directory,
    env: started.environment,
    extendEnv: false,
    reject: false,
    all: true,
    uid,
    gid: uid,
  });
  return { exitCode, lines: all.split('\n') };
}

describe.skipIf(lacks('bubblewrap'))('a command in bubblewrap', () => {
  test('its exit code, variables and umask arrive', async () => {
    const { exitCode, lines } = await run('echo "$MARK"; umask; pwd; exit 7');
    expect(exitCode).toBe(7);
    expect(lines).toEqual(["it's", '0022', '/work']);
  });

  test('has no network but its own loopback', async () => {
    const { lines } = await run('grep -c : /proc/net/dev; grep -o "[a-z0-9]*:" /proc/net/dev');
    expect(lines).toEqual(['1', 'lo:']);
  });

  test('sees no processes but its own', async () => {
    const { lines } = await run('ls /proc | grep -c "^[0-9]"');
    expect(Number(lines[0])).toBeLessThan(6);
  });

  test('writes to its folder, and nowhere else', async () => {
    const places = ['/work', '/', '/etc', '/usr/bin', '/usr/lib', '/dev', '/proc'];
    const { lines } = await run(
      places.map((span) => `touch ${span}/x 2>/dev/null && echo ${span}`).join('; '),
    );
    expect(lines.filter(Boolean)).toEqual(['/work']);
  });

  test('cannot fill the memory by way of /dev/shm', async () => {
    const { lines } = await run('dd if=/dev/zero of=/dev/shm/x bs=1M count=100 2>&1');
    expect(lines.join()).toContain('No space left on device');
  });

  test('one of its files grows no larger than allowed', async () => {
    const script = 'dd if=/dev/zero of=x bs=1024 count=100; wc -c x';
    const { lines } = await run(script, { fileBytes: 51_200 });
    expect(lines.at(-1)).toBe('51200 x');
  });

  test.runIf(process.getuid?.() === 0)('an ordinary user starts no more than allowed', async () => {
    const script =
      'i=0; while [ $i -lt 30 ]; do sleep 1 & i=$((i + 1)); echo $i; done 2>&1; echo all';
    const limited = await run(script, { processes: 12 }, 65_534);
    expect(limited.lines.join()).toContain('annot fork');
    expect(limited.lines).not.toContain('all');
    expect((await run(script, { processes: 60 }, 65_534)).lines).toContain('all');
  });

  test('ends together with what started it', async () => {
    const state = await temporaryTree();
    const view = await new MachineViews(state).commands(['sh', 'sleep']);
    const { words } = enclose({
      command: ['/bin/sh', '-c', 'trap : TERM; echo up; sleep 47111; sleep 47111'],
      directory: '/',
      environment: { PATH: '/usr/bin' },
      view,
    });
    const child = execa(words[0]!, words.slice(1), { reject: false, buffer: false });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const running = async () =>
      (await execa('ps', ['-eo', 'args'])).stdout.split('\n').includes('sleep 47111');
    await expect.poll(running).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(running).toBe(false);
  });
});
