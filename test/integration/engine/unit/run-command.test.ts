import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../../../../src/engine/unit/run-command.js';
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
