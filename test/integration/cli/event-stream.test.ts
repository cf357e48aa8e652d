/** What --json prints is what `stubforge schema events` says, whatever happens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { lockFile } from '../../../src/util/file-lock.js';
import { eventsOf } from '../../support/event-stream.js';
import { stubforge } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const inOrder = 'name: mine\nsummary: x\nsource: { debian: zlib }\nbuild: autotools\n';

test('the schema of events is a JSON schema', async () => {
  const ran = await stubforge(['schema', 'events']);
  expect(ran.exitCode).toBe(0);
  expect(() => new Ajv2020().compile(JSON.parse(ran.stdout))).not.toThrow();
  expect((await stubforge(['schema', '--help'])).stdout).toContain('stubforge schema events');
});

test.each([
  ['in order', inOrder, 0],
  ['with mistakes', `${inOrder}kind: libary\nneeds: [zlip]\n`, 1],
])('lint of a project %s', async (_how, text, exitCode) => {
  const cwd = await temporaryTree({ 'recipes/mine.yaml': text });
  const ran = await stubforge(['lint', '--json'], { cwd });
  expect(await eventsOf(`${ran.stdout}\n`)).toMatchObject([{ type: 'result', command: 'lint' }]);
  expect(ran.exitCode).toBe(exitCode);
});

test.each([
  ['an unknown option', ['build', '--fast', '--json'], 'cli.unknown-option', "'--fast'"],
  ['an option before', ['--fast', '--json', 'build'], 'cli.unknown-option', "'--fast'"],
  ['a misspelt option', ['build', '--forse', '--json'], 'cli.unknown-option', '--forse'],
  ['a wrong value', ['build', '-j', 'x', '--json'], 'cli.invalid-option', "'x'"],
  ['a missing argument', ['boot', '--json'], 'cli.missing-argument', "'image'"],
  ['a missing value', ['lint', '--json', '-C'], 'cli.option-missing-argument', '-C'],
  ['too many arguments', ['log', 'a', 'b', '--json'], 'cli.excess-arguments', '2'],
  ['an unknown command', ['biuld', '--json'], 'cli.unknown-command', "'biuld'"],
  ['a missing subcommand', ['source', '--json'], 'cli.missing-subcommand', "'source'"],
  ['a folder that is not there', ['lint', '-C', '/no', '--json'], 'cli.no-folder', '/no'],
])('%s is an event and exit code 2', async (_what, words, id, part) => {
  const ran = await stubforge(words);
  const events = await eventsOf(`${ran.stdout}\n`);
  expect(events).toMatchObject([{ type: 'error', exitCode: 2, diagnostics: [{}] }]);
  const [diagnostic] = events[0]?.type === 'error' ? events[0].diagnostics : [];
  expect(diagnostic?.id).toContain(id);
  expect(diagnostic?.message).toContain(part);
  expect(ran.exitCode).toBe(2);
});

test('people get the same as text, with what to do', async () => {
  const unknown = await stubforge(['build', '--forse']);
  expect(unknown).toMatchObject({ exitCode: 2, stdout: '' });
  expect(unknown.stderr).toBe("error: unknown option '--forse'\n  help: did you mean --force?");
  const missing = await stubforge(['boot']);
  expect(missing.stderr).toBe(
    "error: missing required argument 'image'\n  help: see stubforge boot --help",
  );
  const group = await stubforge(['source']);
  expect(group).toMatchObject({ exitCode: 2, stdout: '' });
  expect(group.stderr).toContain('Usage: stubforge source');
});

test.each([
  ['an image that is not there', 'nothing.elf'],
  ['a file that is no image', 'recipes/mine.yaml'],
])('boot of %s', async (_what, image) => {
  const cwd = await temporaryTree({ 'recipes/mine.yaml': inOrder });
  const ran = await stubforge(['boot', image, '--under', 'pvh', '--json'], { cwd });
  const events = await eventsOf(`${ran.stdout}\n`);
  expect(events.at(-1)).toMatchObject({ type: 'error', exitCode: ran.exitCode });
  expect(ran.exitCode).toBeGreaterThan(0);
});

// Others may not write there, and hear of it before.
test.runIf(process.getuid?.() === 0)(
  'a timeline that cannot be written does not hide what went wrong before',
  async () => {
    const ran = await stubforge(['build', 'nothing', '--trace', '/proc/x.json']);
    expect(ran.stderr).toContain("there is no recipe 'nothing'");
    expect(ran.stderr).toMatch(/cannot use a file or folder: .*\n {2}--> \/proc\/x\.json$/m);
    expect(ran.exitCode).toBe(2);
  },
);

test('a command that is stopped tells so', async () => {
  const state = await temporaryTree();
  // The command waits for the store, which another process seems to work on.
  await using _lock = await lockFile(join(state, 'store/lock'));
  const words = ['store', 'gc', '--json', '--state', state];
  const child = spawn(process.execPath, [join(packageRoot, 'dist/cli/main.js'), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let stdout = '';
  for await (const chunk of child.stdout) {
    stdout += chunk;
    if (!child.killed && stdout.includes('waiting until')) child.kill('SIGINT');
  }
  const [exitCode] = await ended;
  expect((await eventsOf(stdout)).at(-1)).toMatchObject({ type: 'error', exitCode });
  expect(exitCode).toBe(130);
});
