/** The store from outside: damage, tidying up, carrying over. */
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import { isFree } from '../../support/flock.js';
import { lacks } from '../../support/lacks.js';
import {
  letGo,
  startStubforge,
  stubforge,
  stubforgeJson,
  waitToGo,
} from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';
import { until } from '../../support/until.js';

const noTools = lacks('gcc', 'binutils', 'make', 'bubblewrap');

const tool = (name: string, more: string) =>
  `name: ${name}\nkind: tool\nsummary: a test\nsource: { local: ${name} }\nbuild: script\n${more}`;

/** A tool, and one above it that takes in its output; a state folder of their own. */
async function smallProject() {
  const cwd = await temporaryTree({
    'recipes/below.yaml': tool(
      'below',
      'script: |\n  mkdir -p "$dest/usr/bin"; cp "$source/text" "$dest/usr/bin/below.txt"\n',
    ),
    'recipes/below/text': 'as it was built\n',
    'recipes/above.yaml': tool(
      'above',
      'needs: [below]\nscript: |\n  mkdir -p "$dest/usr"; cat "${PATH%%:*}/below.txt" "$source/text" > "$dest/usr/text"\n',
    ),
    'recipes/above/text': 'first\n',
  });
  const state = join(await temporaryTree(), 'state');
  const run = (...words: string[]) => stubforgeJson<BuildValue>(words, { cwd, state });
  return {
    cwd,
    state,
    run,
    edit: (text: string) => writeFile(join(cwd, 'recipes/above/text'), text),
  };
}

interface BuildValue {
  outputs: Record<string, { output: string }>;
}

const started = (events: Event[]) =>
  events.flatMap((event) => (event.type === 'unit-start' ? [event.unit] : []));

/** Writes to a file so that neither size nor time nor mode tells of it. */
async function rot(path: string) {
  const { atime, mtime, mode } = await stat(path);
  const content = await readFile(path, 'latin1');
  await chmod(path, 0o644);
  await writeFile(path, content.replace('built', 'BUILT'), 'latin1');
  await chmod(path, mode);
  await utimes(path, atime, mtime);
}

describe.skipIf(noTools)('the store', () => {
  test('a damaged output is named before it is used, put aside, and built again at once', async () => {
    const { run, edit, cwd, state } = await smallProject();
    const { value } = await run('build', 'above', 'below');
    const below = join(value.outputs['below:native']!.output, 'usr/bin/below.txt');
    await rot(below);

    const seen = await stubforge(['store', 'verify'], { cwd, state });
    expect(seen.exitCode).toBe(1);
    expect(seen.stdout).toContain('below:native: usr/bin/below.txt: wrong content');

    await edit('second\n');
    const ran = await run('build', 'above');
    expect(ran.exitCode, ran.stderr).toBe(0);
    const warnings = ran.events.flatMap((event) => (event.type === 'warning' ? [event] : []));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.diagnostic).toMatchObject({
      message: 'the output of below:native is damaged in the store',
      details: expect.arrayContaining(['usr/bin/below.txt: wrong content']),
    });
    expect(started(ran.events)).toEqual(['below:native', 'above:native']);
    const text = join(ran.value.outputs['above:native']!.output, 'usr/text');
    expect(await readFile(text, 'utf8')).toBe('as it was built\nsecond\n');
    expect(await readFile(below, 'utf8')).toBe('as it was built\n');

    const after = await stubforge(['store', 'verify'], { cwd, state });
    expect(after.stdout).toContain('nothing is damaged');
    expect(await readdir(join(state, 'store/damaged'))).toHaveLength(1);
  });

  test('what was asked for is built again when somebody wrote to it, and only then', async () => {
    const { run } = await smallProject();
    const { value } = await run('build', 'above');
    expect(started((await run('build', 'above')).events)).toEqual([]);
    const text = join(value.outputs['above:native']!.output, 'usr/text');
    await chmod(text, 0o644);
    await writeFile(text, 'oops');
    const ran = await run('build', 'above');
    expect(started(ran.events)).toEqual(['above:native']);
    expect(await readFile(text, 'utf8')).toBe('as it was built\nfirst\n');
  });

  test('repair tells what will be built again; gc keeps what is new and frees the rest', async () => {
    const { run, edit, cwd, state } = await smallProject();
    await run('build', 'above');
    await edit('second\n');
    const { value } = await run('build', 'above');
    await rot(join(value.outputs['above:native']!.output, 'usr/text'));
    const repaired = await stubforge(['store', 'repair'], { cwd, state });
    expect(repaired.stdout).toContain('to be built again: above:native');
    await run('build', 'above');

    const dry = await stubforge(['store', 'gc', '--dry-run', '--json'], { cwd, state });
    const real = await stubforgeJson<object>(['store', 'gc'], { cwd, state });
    expect(real.value).toMatchObject({ outputs: 1, records: 1, leftovers: 1 });
    expect(dry.stdout.replace('"dryRun":true', '"dryRun":false')).toContain(
      JSON.stringify(real.value),
    );
    expect(started((await run('build', 'above')).events)).toEqual([]);
    const statistics = await stubforge(['store', 'stat'], { cwd, state });
    expect(statistics.stdout).toContain('2 outputs of 2 units, 2 records');
  });

  test('an exported store builds nothing where it is imported', async () => {
    const { run, cwd, state } = await smallProject();
    const first = await run('build', 'above', 'below');
    const file = join(cwd, 'outputs.tar.zst');
    expect((await stubforge(['store', 'export', file], { cwd, state })).exitCode).toBe(0);
    const other = join(await temporaryTree(), 'state');
    const imported = await stubforge(['store', 'import', file], { cwd, state: other });
    expect(imported.stdout).toContain('2 outputs of 2 units');
    const words = ['build', 'above', 'below'];
    const second = await stubforgeJson<BuildValue>(words, { cwd, state: other });
    expect(started(second.events)).toEqual([]);
    const texts = [first, second].map(({ value }) =>
      readFile(join(value.outputs['above:native']!.output, 'usr/text'), 'utf8'),
    );
    expect(await texts[1]).toBe(await texts[0]);
  });

  test('a build holds the store against gc, and gc waits and says so', async () => {
    const { cwd, state, run } = await smallProject();
    await writeFile(
      join(cwd, 'recipes/above.yaml'),
      tool(
        'above',
        `needs: [below]\nscript: |\n  ${waitToGo}; cp "\${PATH%%:*}/below.txt" "$dest"\n`,
      ),
    );
    const lock = join(state, 'store/lock');
    await run('build', 'below');
    expect(isFree(lock)).toBe(true);
    const building = run('build', 'above');
    await until(() => !isFree(lock));
    await letGo('above_native', state);
    expect((await building).exitCode).toBe(0);
    expect(isFree(lock)).toBe(true);

    const holder = execa('flock', ['-s', lock, 'cat'], { stdin: 'pipe' });
    await until(() => !isFree(lock));
    const collecting = execa(resolve('stubforge'), ['store', 'gc', '--state', state], { cwd });
    for await (const line of collecting.iterable({ from: 'stderr' })) {
      expect(line).toBe('note: waiting until no other stubforge process is building');
      holder.stdin.end();
    }
    expect((await collecting).stdout).toContain('removed 0 outputs');
    await holder;
  });

  test.skipIf(process.getuid?.() !== 0)(
    'a store that may only be read serves all the same',
    async () => {
      const { cwd, state, run } = await smallProject();
      const { value } = await run('build', 'above', 'below');
      // The mount lasts as long as the command, and nobody else sees it.
      const remount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
      const reading = (...words: string[]) => {
        const command = [resolve('stubforge'), ...words, '--state', state];
        const enclosed = ['--mount', 'sh', '-c', remount, state, ...command];
        return execa('unshare', enclosed, { cwd, reject: false });
      };
      const { output } = value.outputs['above:native']!;
      const fresh = await reading('build', 'above');
      expect(fresh.stdout, fresh.stderr).toContain(output);
      expect((await reading('store', 'verify')).stdout).toContain('nothing is damaged');
      expect((await reading('store', 'stat')).stdout).toContain('2 outputs of 2 units');
      const collecting = await reading('store', 'gc');
      expect(collecting.stderr).toContain('the file system is read-only');
      expect(collecting.exitCode).toBe(1);

      await rot(join(output, 'usr/text'));
      const damaged = await reading('build', 'above', '-o', join(cwd, 'out'));
      expect(damaged.stderr).toContain('the output of above:native is damaged in the store');
      expect(damaged.exitCode).toBe(1);
      const repaired = await run('build', 'above', '-o', join(cwd, 'out'));
      expect(started(repaired.events)).toEqual(['above:native']);
    },
  );

  test('a unit that waits for another process is skipped when what it needs fails meanwhile', async () => {
    const { cwd, state } = await smallProject();
    const builds = join(state, 'build');
    await mkdir(builds, { recursive: true });
    const lock = join(builds, 'above_native.lock');
    const holder = execa('flock', ['-x', lock, 'cat'], { stdin: 'pipe' });
    await until(() => !isFree(lock));
    await writeFile(join(cwd, 'recipes/below.yaml'), tool('below', 'script: exit 1\n'));
    const building = startStubforge<BuildValue>(['build', 'above'], { cwd, state });
    // The failure is told of while the unit above still waits.
    await building.seen((event) => event.type === 'unit-failed');
    holder.stdin.end();
    await holder;
    const ran = await building.ended;
    expect(ran.exitCode, ran.stderr).toBe(1);
    const skipped = ran.events.flatMap((event) => (event.type === 'unit-skipped' ? [event] : []));
    expect(skipped).toMatchObject([{ unit: 'above:native', because: 'below:native failed' }]);
  });

  test('without a sandbox, what outlives a killed stubforge keeps the next one out', async () => {
    const { cwd, state } = await smallProject();
    await writeFile(
      join(cwd, 'recipes/below.yaml'),
      tool('below', `script: |\n  echo begun; ${waitToGo}; date +%s%N > "$dest/now"\n`),
    );
    const words = ['build', 'below', '--sandbox', 'none'];
    const killed = startStubforge(words, { cwd, state });
    await killed.seen((event) => event.type === 'phase-output' && event.line === 'begun');
    process.kill(-killed.child.pid!, 'SIGKILL');
    const next = startStubforge<BuildValue>(words, { cwd, state });
    const waiting =
      'below:native: waiting for another stubforge that is building it or has a shell open in it';
    await next.seen((event) => event.type === 'note' && event.message === waiting);
    // Once for what was left, and once for the build that follows.
    await letGo('below_native', state);
    await next.seen((event) => event.type === 'phase-output' && event.line === 'begun');
    await letGo('below_native', state);
    const ran = await next.ended;
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(started(ran.events)).toEqual(['below:native']);
    const { output } = ran.value.outputs['below:native']!;
    expect(await readdir(output)).toEqual(['now']);
  });
});
