import { expect, test } from 'vitest';
import { stubforge } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const stack = /\n {4}at .*\.js:\d+/;

test('--debug shows where an error was thrown, its id and the exit code', async () => {
  for (const [words, environment] of [
    [['boot', 'nothing', '--debug'], {}],
    [['boot', 'nothing'], { STUBFORGE_DEBUG: '1' }],
  ] as const) {
    const { stderr, exitCode } = await stubforge(words, { environment });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^debug: thrown: UserError: /m);
    expect(stderr).toMatch(stack);
    expect(stderr).toMatch(/^debug: exit code 1 after [\d.]+ s$/m);
  }
  const wrong = await stubforge(['build', '--wrong', '--debug']);
  expect(wrong.stderr).toContain('id: cli.unknown-option');
});

test('without it, a user reads no stack trace and no id', async () => {
  for (const words of [
    ['boot', 'nothing'],
    ['build', '--wrong'],
  ]) {
    const { stderr } = await stubforge(words, { environment: { STUBFORGE_DEBUG: '0' } });
    expect(stderr).not.toMatch(/debug|\bid: /);
    expect(stderr).not.toMatch(stack);
  }
});

test('it shows each command that is run, with what it took and how it ended', async () => {
  const cwd = await temporaryTree({
    'config.sub': '#!/bin/sh\n# Configuration validation subroutine script.\n',
  });
  const { stderr } = await stubforge(['toolchain', 'list', '--debug'], { cwd });
  const [, pid] = /^debug: \[(\d+)\] \S*gcc\S* /m.exec(stderr) ?? [];
  expect(pid, stderr).toBeDefined();
  expect(stderr).toMatch(
    new RegExp(`^debug: \\[${pid}\\] ended with exit code 0 after [\\d.]+ s$`, 'm'),
  );
});
