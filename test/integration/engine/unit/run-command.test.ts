import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ProcessGroups, runCommand } from '../../../../src/engine/unit/run-command.js';
import { isRunning } from '../../../support/processes.js';
import { temporaryTree } from '../../../support/temporary.js';
import { until } from '../../../support/until.js';

async function run(script: string, options: { signal?: AbortSignal; onLine?: () => void } = {}) {
  const cwd = await temporaryTree();
  const lines: string[] = [];
  const log = createWriteStream(join(cwd, 'log'));
  const outcome = await runCommand(['/bin/sh', '-euc', script], {
    cwd,
    environment: { PATH: '/usr/bin:/bin', MARK: 'yes' },
    log,
    onLine: (line) => {
      lines.push(line);
      options.onLine?.();
    },
    signal: options.signal ?? new AbortController().signal,
    groups: new ProcessGroups(),
  });
  await new Promise<void>((resolve) => log.end(resolve));
  return { outcome, lines, cwd };
}

test('both streams reach the log and the listener, and the exit code is told', async () => {
  const { outcome, lines, cwd } = await run('echo out; echo err >&2; exit 3');
  expect(outcome).toEqual({ ended: 'exit', code: 3 });
  expect(lines.sort()).toEqual(['err', 'out']);
  expect((await readFile(join(cwd, 'log'), 'utf8')).split('\n').sort()).toEqual(['', 'err', 'out']);
});

test('nothing of the environment is inherited', async () => {
  process.env.STUBFORGE_LEAK = 'leak';
  const { lines } = await run('env | grep -E "^(MARK|STUBFORGE_LEAK|HOME)=" || true');
  delete process.env.STUBFORGE_LEAK;
  expect(lines).toEqual(['MARK=yes']);
});

test('an abort ends the whole process group, grandchildren included', async () => {
  const controller = new AbortController();
  const { outcome, lines } = await run('sh -c "echo \\$\\$; exec sleep 600" & wait', {
    signal: controller.signal,
    onLine: () => controller.abort(),
  });
  expect(outcome).toEqual({ ended: 'aborted' });
  expect(lines).toEqual([expect.stringMatching(/^\d+$/)]);
  await until(() => !isRunning(lines[0]!));
});

test('what a phase leaves in the background is ended with it', async () => {
  const { outcome, lines } = await run('sleep 600 & echo $!');
  expect(outcome).toEqual({ ended: 'exit', code: 0 });
  await until(() => !isRunning(lines[0]!));
});

test('what runs is ended when stubforge itself ends by a defect, and nothing is left to listen for', async () => {
  const before = process.listenerCount('exit');
  const groups = new ProcessGroups();
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', (_code, name) => resolve(name)));
  groups.add(child.pid!);
  const [endAll] = process.listeners('exit').slice(-1);
  endAll!(1);
  expect(await ended).toBe('SIGKILL');
  groups.delete(child.pid!);
  expect(process.listenerCount('exit')).toBe(before);
});
