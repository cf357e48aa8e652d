/** The JSON stream and the debugging output of real builds, and builds whose reader goes away. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { packageRoot } from '../../../src/project/project.js';
import { cannot, program } from '../../support/bad-recipe.js';
import { eventsOf } from '../../support/event-stream.js';
import { processesWith } from '../../support/processes.js';
import { stubforge } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';
import { until } from '../../support/until.js';

/** A tool for the build machine, which needs no toolchain. */
const tool = (name: string, script: string, more = '') => {
  const files = program(name, script, more);
  const recipe = `recipes/${name}.yaml` as const;
  return { ...files, [recipe]: files[recipe]!.replace('kind: program', 'kind: tool') };
};

const fine = 'echo working; mkdir -p "$dest/etc"; echo fine > "$dest/etc/fine"';
/** Nobody else on this machine sleeps for as long. */
const nap = String(90_000 + (process.pid % 9000));
const compiled = join(packageRoot, 'dist/cli/main.js');

/** Starts a build that takes long. */
async function startLong(words: string[], stdio: ['ignore', 'pipe', 'pipe']) {
  const state = await temporaryTree();
  const cwd = await temporaryTree(tool('long', `echo started; sleep ${nap}`));
  const child = spawn(process.execPath, [compiled, 'build', 'long', '--state', state, ...words], {
    cwd,
    stdio,
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return { child, ended: once(child, 'exit'), stderr: () => stderr };
}

/** Waits until every child that was ended is gone, which takes a moment. */
const nobodyNaps = () => until(async () => (await processesWith(nap)).length === 0);

const types = (events: Event[]) => events.map((event) => event.type);

describe.skipIf(cannot)('a build', () => {
  test('that is new, and again when nothing has changed', async () => {
    const state = await temporaryTree();
    const cwd = await temporaryTree(tool('fine', fine));
    const environment = { STUBFORGE_HOME: state };
    const first = await stubforge(['build', 'fine', '--json'], { cwd, environment });
    const events = await eventsOf(`${first.stdout}\n`);
    const expected = ['plan', 'unit-start', 'phase-start', 'phase-done', 'phase-output'];
    expect(types(events)).toEqual(expect.arrayContaining([...expected, 'unit-done', 'build-done']));
    expect(events.at(-1)).toMatchObject({ type: 'result', command: 'build' });
    // The second is planned, the third is answered from a note of the second.
    for (let time = 0; time < 2; time++) {
      const again = await stubforge(['build', 'fine', '--json'], { cwd, environment });
      const fresh = await eventsOf(`${again.stdout}\n`);
      expect(types(fresh)).toEqual(['plan', 'unit-fresh', 'build-done', 'result']);
      expect(fresh.at(-1)).toEqual(events.at(-1));
    }
  });

  test('that fails', async () => {
    const state = await temporaryTree();
    const cwd = await temporaryTree({
      ...tool('broken', 'echo "broken.c:1: error: no" >&2; exit 3'),
      ...tool('above', fine, 'needs: [broken]\n'),
    });
    const ran = await stubforge(['build', 'above', '--json', '--state', state], { cwd });
    const events = await eventsOf(`${ran.stdout}\n`);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'unit-failed',
        unit: 'broken:native',
        phase: 'script',
        diagnostics: [expect.objectContaining({ message: expect.stringContaining('error: no') })],
      }),
    );
    expect(types(events)).toContain('unit-skipped');
    expect(ran.exitCode).toBe(1);
  });

  test('that is stopped by Ctrl-C', async () => {
    const { child, ended } = await startLong(['--json'], ['ignore', 'pipe', 'pipe']);
    let stdout = '';
    for await (const chunk of child.stdout) {
      stdout += chunk;
      if (!child.killed && stdout.includes('"line":"started"')) child.kill('SIGINT');
    }
    const [exitCode] = await ended;
    const events = await eventsOf(stdout);
    expect(events.at(-1)).toMatchObject({ type: 'error', exitCode: 130 });
    expect(exitCode).toBe(130);
    await nobodyNaps();
  });

  test('without a reader ends its children and stops quietly', async () => {
    const { child, ended, stderr } = await startLong(['--json'], ['ignore', 'pipe', 'pipe']);
    // The first event is read, and nothing more, as by `head -1`.
    child.stdout.once('data', () => child.stdout.destroy());
    const [exitCode] = await ended;
    expect(exitCode).toBe(141);
    expect(stderr()).toBe('');
    await nobodyNaps();
  });

  test('without standard error goes on to its end', async () => {
    const state = await temporaryTree();
    const cwd = await temporaryTree(tool('fine', fine));
    const child = spawn(process.execPath, [compiled, 'build', 'fine', '--state', state], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.destroy();
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const [exitCode] = await once(child, 'close');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^fine:native \//);
  });

  test('with --debug shows the commands, and how long each phase took', async () => {
    const state = await temporaryTree();
    const cwd = await temporaryTree(tool('fine', fine));
    const { stderr } = await stubforge(['build', 'fine', '--debug', '--state', state], { cwd });
    expect(stderr).toMatch(/^debug: \[\d+\] \S*bwrap /m);
    expect(stderr).toMatch(/^fine:native: script took [\d.]+ s/m);
    expect(stderr).toMatch(/^debug: exit code 0 after /m);
  });
});
