/** Readers that go away, as `head` does. */
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { temporaryTree } from '../../support/temporary.js';

const program = join(packageRoot, 'dist/cli/main.js');

/** Runs with these redirections; descriptor 9 is a pipe that nobody reads any more. */
async function run(words: string, redirections: string) {
  const cwd = await temporaryTree({
    'recipes/mine.yaml': 'name: mine\nsummary: x\nsource: { debian: zlib }\nbuild: autotols\n',
  });
  const script = `mkfifo pipe; exec 8<>pipe 9>pipe 8<&-; "$0" "$1" ${words} ${redirections}`;
  return execa('bash', ['-c', script, process.execPath, program], {
    cwd,
    env: { STUBFORGE_HOME: join(cwd, 'state') },
    reject: false,
  });
}

const commands = [
  '--version',
  '--help',
  'build --help',
  'schema',
  'lint',
  'lint --json',
  'toolchain list',
  'build nothing --json',
  'build --wrong --json',
];

test.each(commands)('without standard output, %s stops as SIGPIPE would stop it', async (words) => {
  const { exitCode, stderr } = await run(words, '>&9');
  expect(stderr).toBe('');
  expect(exitCode).toBe(141);
});

test.each(commands)('without both, %s does the same', async (words) => {
  expect((await run(words, '>&9 2>&9')).exitCode).toBe(141);
});

test('without standard error, a command goes on', async () => {
  const lint = await run('lint', '2>&9');
  expect(lint.stdout).toContain("'autotols'");
  expect(lint.exitCode).toBe(1);
  expect((await run('build nothing', '2>&9')).exitCode).toBe(2);
  expect((await run('build --wrong', '2>&9')).exitCode).toBe(2);
  expect((await run('lint --debug', '2>&9')).stdout).toContain("'autotols'");
});

test('a pipe that is read to its first line', async () => {
  const { stdout, stderr } = await execa(
    'bash',
    ['-c', '"$0" "$1" schema | head -1; echo "$' + '{PIPESTATUS[0]}"', process.execPath, program],
    { reject: false },
  );
  expect(stderr).toBe('');
  // The text is short enough for the pipe to hold it, so that the writer may be done before the reader.
  expect(stdout).toMatch(/^\{\n(0|141)$/);
});

test('a full disk is told on standard error', async () => {
  const { exitCode, stderr } = await run('schema', '>/dev/full');
  expect(stderr).toMatch(/^error: standard output cannot be written: ENOSPC/);
  expect(stderr).not.toContain('    at ');
  expect(exitCode).toBe(1);
});
