/** Recipes that do what no build may: each is ended and named, and leaves the rest whole. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import {
  type BuildValue,
  cannot,
  cannotMount,
  failing,
  program,
} from '../../support/bad-recipe.js';
import { dashed } from '../../support/config-sub-scripts.js';
import { processesWith } from '../../support/processes.js';
import { stubforge, stubforgeJson, testState } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

describe.skipIf(cannot)('bad recipes', () => {
  test('one that tries the network', async () => {
    const script =
      'python3 -c "import urllib.request; urllib.request.urlopen(\'http://192.0.2.1/\', timeout=5)"';
    const diagnostic = await failing('bad-network', script, 'build-tools: [python3]\n');
    expect(diagnostic.details?.join('\n')).toContain('it tried to use the network');
  });

  test('one that writes outside', async () => {
    const outside = join(await temporaryTree(), 'written');
    const diagnostic = await failing(
      'bad-outside',
      `mkdir -p "${outside}"; touch /usr/lib/bad-outside`,
    );
    expect(diagnostic.details?.join('\n')).toMatch(
      /it writes to \/\S+, which is outside its build/,
    );
    expect(existsSync(outside)).toBe(false);
    const quiet = await failing('bad-quiet', `mkdir -p "${outside}" || :; echo x > /sysroot/x`);
    expect(quiet.message).toContain('Read-only file system');
    expect(existsSync(outside)).toBe(false);
  });

  test('one whose config.sub writes outside, before anything is built', async () => {
    const outside = await temporaryTree();
    const name = 'bad-config-sub';
    const script = dashed('2017-02-07').replace('\n', `\ntouch ${outside}/written 2>/dev/null\n`);
    const files = { ...program(name, 'true'), [`recipes/${name}/config.sub`]: script };
    await stubforge(['build', name, '--force'], { cwd: await temporaryTree(files) });
    const log = await stubforge(['log', name]);
    // It was run, and it answered.
    expect(log.stdout).toMatch(/^config\.sub \(2017-02-07.*patched: adds/m);
    expect(await readdir(outside)).toEqual([]);
  });

  test('one that forks without end', async () => {
    // It ends by itself after some thousands, so that a sandbox that fails to hold it costs no machine.
    const script =
      'bomb() { [ $1 -gt 11 ] || { bomb $(($1 + 1)) & bomb $(($1 + 1)) & sleep 4242; }; }; bomb 1; wait';
    const diagnostic = await failing('bad-fork', script, 'limits: { processes: 200 }\n');
    expect(diagnostic.message).toBe(
      'phase script was ended: it started more processes and threads than its limit of 200',
    );
    expect(diagnostic.help).toContain('`limits: { processes: … }`');
    expect(diagnostic.span?.field).toBe('limits');
    expect(await processesWith('4242')).toEqual([]);
  });

  test('one whose processes never rest, each in a session of its own', async () => {
    // The scheduler gives each of them as much as the one that shall end them. They are 4096 at most.
    const script = [
      "python3 -c '",
      'import os, time',
      'end = time.time() + 15',
      'depth = 0',
      'while time.time() < end:',
      '    if depth < 12:',
      '        depth += 1',
      '        if os.fork() == 0: os.setsid()',
      "'",
    ].join('\n');
    const more = 'build-tools: [python3]\nlimits: { processes: 200 }\n';
    const diagnostic = await failing('bad-sessions', script, more);
    expect(diagnostic.message).toBe(
      'phase script was ended: it started more processes and threads than its limit of 200',
    );
  });

  test('one that takes memory without end, in one process and in many', async () => {
    const limits = 'build-tools: [python3]\nlimits: { memory: 256MiB }\n';
    const one = await failing('bad-memory', 'python3 -c "x = bytearray(1 << 30)"', limits);
    expect(one.details?.join('\n')).toContain('its limit forbids it');
    expect(one.help).toContain('`limits: { memory: … }`');
    const script =
      'for each in 1 2 3 4; do python3 -c "import time; x = bytearray(b\'x\') * (100 << 20); time.sleep(600)" & done; wait';
    const many = await failing('bad-memories', script, limits);
    expect(many.message).toContain('its processes took more memory than its limit of 256 MiB');
  });

  test('one that fills the disk, with one file and with many', async () => {
    const limits = 'limits: { disk: 48MiB }\n';
    const one = await failing('bad-disk', 'dd if=/dev/zero of=zeros bs=1M', limits);
    expect(`${one.message} ${one.details?.join(' ')}`).toMatch(
      /more disk space|larger than the limit/,
    );
    expect(one.help).toContain('`limits: { disk: … }`');
    const script =
      'i=0; while :; do i=$((i + 1)); dd if=/dev/zero of=zeros$i bs=1M count=4; sleep 0.02; done';
    const many = await failing('bad-disks', script, limits);
    expect(many.message).toContain('its files take more disk space than its limit of 48.0 MiB');
    const root = join(testState, 'build/bad-disks_stubdom-amd64/build');
    const sizes = await Promise.all(
      (await readdir(root)).map(async (name) => (await stat(join(root, name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(40 * 2 ** 20);
  });

  test.skipIf(cannotMount).each([
    [
      'many files',
      'head -c 200M /dev/zero >f0; i=0; while :; do i=$((i + 1)); head -c 2M /dev/zero >f$i; sleep 0.05; done',
      /phase script was ended: it leaves less disk space free than/,
    ],
    [
      'one file, faster than anybody looks',
      'sleep 1; dd if=/dev/zero of=zeros bs=16M',
      /a file of its build grew larger than/,
    ],
  ])(
    'one that leaves no space to the others, on a small disk, with %s',
    async (_what, fill, said) => {
      const tool = (name: string, script: string) =>
        Object.entries(program(name, script)).map(([path, text]) => [
          path,
          text.replace('kind: program', 'kind: tool'),
        ]);
      const calm =
        'end=$(($(date +%s) + 7)); while [ "$(date +%s)" -lt $end ]; do head -c 1000 /dev/zero >>mine; sleep 0.02; done';
      const cwd = await temporaryTree(
        Object.fromEntries([...tool('fill', fill), ...tool('calm', calm)]),
      );
      const state = await temporaryTree();
      const mounted = 'mount -t tmpfs -o size=400m tmpfs "$1" && shift && exec "$@"';
      const command = [resolve('stubforge'), 'build', 'fill', 'calm', '-j', '2'];
      const ran = await execa('unshare', ['-m', 'sh', '-c', mounted, 'sh', state, ...command], {
        cwd,
        env: { STUBFORGE_HOME: state },
        reject: false,
      });
      expect(ran.stderr).toMatch(said);
      expect(ran.stderr).toMatch(/^fill:native: failed in phase script/m);
      expect(ran.stderr).toMatch(/^calm:native: done/m);
    },
  );

  test('one that hangs, and one that takes too long', async () => {
    const silent = await failing('bad-hang', 'sleep 4343', 'limits: { silence: 2s }\n');
    expect(silent.message).toBe(
      'phase script was ended: it printed nothing for longer than its limit of 2.0 s',
    );
    expect(await processesWith('4343')).toEqual([]);
    const script = 'while :; do echo working; sleep 0.2; done';
    const slow = await failing('bad-slow', script, 'limits: { time: 3s }\n');
    expect(slow.message).toBe('phase script was ended: it took longer than its limit of 3.0 s');
  });

  test('one that prints a gigabyte, in lines and in one line', async () => {
    for (const [name, script] of [
      ['bad-print', 'yes | head -c 1073741824'],
      ['bad-line', "head -c 1073741824 /dev/zero | tr '\\0' x"],
    ] as const) {
      const diagnostic = await failing(name, script, 'limits: { output: 2MiB }\n');
      expect(diagnostic.message).toBe(
        'phase script was ended: it printed more than its limit of 2.0 MiB',
      );
      expect((await stat(diagnostic.log)).size).toBeLessThan(3 * 2 ** 20);
      expect(await readFile(diagnostic.log, 'utf8')).toContain(`error: ${diagnostic.message}`);
    }
  });

  test('one that puts a link in the place of a folder that stubforge will touch', async () => {
    const outside = await temporaryTree({ 'share/man/page': 'kept' });
    for (const [name, script] of [
      ['bad-tmp', `rm -rf "$source/../tmp"; ln -s ${outside} "$source/../tmp"`],
      ['bad-dest', `rm -rf "$dest"; ln -s ${outside} "$dest"`],
      ['bad-lost', 'rm -rf "$dest"'],
    ] as const) {
      const diagnostic = await failing(name, script);
      expect(diagnostic.message).toContain('the build replaced its folder');
    }
    const cwd = await temporaryTree(program('bad-usr', `ln -s ${outside} "$dest/usr"`));
    await stubforge(['build', 'bad-usr'], { cwd });
    expect(await readFile(join(outside, 'share/man/page'), 'utf8')).toBe('kept');
  });

  test('one that leaves something behind that ignores every signal', async () => {
    const script = `sh -c 'trap "" TERM HUP INT; sleep 4444; sleep 4444' &\nsleep 0.5\nkill -0 $!`;
    const cwd = await temporaryTree(program('leaves', script));
    const ran = await stubforgeJson<BuildValue>(['build', 'leaves'], { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(await processesWith('4444')).toEqual([]);
  });
});
