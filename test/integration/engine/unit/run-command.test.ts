import { createWriteStream, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runCommand } from '../../../../src/engine/unit/run-command.js';
import { temporaryTree } from '../../../support/temporary.js';

async function run(script: string, signal = new AbortController().signal) {
  const cwd = await temporaryTree();
  const lines: string[] = [];
  const log = createWriteStream(join(cwd, 'log'));
  const outcome = await runCommand(['/bin/sh', '-euc', script], {
    cwd,
    environment: { PATH: '/usr/bin:/bin', MARK: 'yes' },
    log,
    onLine: (line) => lines.push(line),
    signal,
  });
  await new Promise<void>((resolve) => log.end(resolve));
  return { outcome, lines, cwd };
}

/** Whether a process still runs; one that has ended may stay in the table until it is reaped. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
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
  const running = run('sh -c "echo \\$\\$; exec sleep 600" & wait', controller.signal);
  await setTimeout(300);
  controller.abort();
  const { outcome, lines } = await running;
  expect(outcome).toEqual({ ended: 'aborted' });
  const grandchild = Number(lines[0]);
  expect(grandchild).toBeGreaterThan(1);
  expect(runs(grandchild)).toBe(false);
});

test('what a phase leaves in the background is ended with it', async () => {
  const { outcome, lines } = await run('sleep 600 & echo $!');
  expect(outcome).toEqual({ ended: 'exit', code: 0 });
  await setTimeout(50);
  expect(runs(Number(lines[0]))).toBe(false);
});
