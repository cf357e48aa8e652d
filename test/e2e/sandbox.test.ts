/** What a build cannot see or do, and how it is ended when it tries: recipes with one mistake each. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa, execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/events.js';
import { lacks } from '../support/lacks.js';
import { stubforge, stubforgeJson, testState } from '../support/stubforge.js';
import { temporaryTree } from '../support/temporary.js';
import { dashed } from '../unit/gnuconfig/scripts.js';

interface BuildValue {
  outputs: Record<string, { output: string }>;
  failed: string[];
}

const cannot = lacks('gcc', 'binutils', 'make', 'lib32gcc-12-dev', 'dpkg-dev', 'bubblewrap');

/** A small disk of one's own takes root, and a machine that lets it mount. */
const cannotMount =
  execaSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { reject: false }).failed ||
  cannot;

/** Changes with each run, so that nothing is fresh. */
const stamp = String(Date.now());

const program = (name: string, script: string, more = '') => ({
  [`recipes/${name}.yaml`]: `name: ${name}\nkind: program\nsummary: a test\nsource: { local: ${name} }\nbuild: script\n${more}script: |\n${script.replace(/^/gm, '  ')}\n`,
  [`recipes/${name}/stamp`]: stamp,
});

/** Another unit of the same run, which has to come out whatever the first one does. */
const bystander = program(
  'bystander',
  'sleep 1; mkdir -p "$dest/etc"; echo fine > "$dest/etc/fine"',
);

/** Builds a bad recipe beside a good one; gives the report on the bad one and all events. */
async function failing(name: string, script: string, more = '') {
  const cwd = await temporaryTree({ ...program(name, script, more), ...bystander });
  const words = ['build', name, 'bystander', '-j', '2', '--force'];
  const ran = await stubforgeJson<BuildValue>(words, { cwd });
  const failed = ran.events.find((event) => event.type === 'unit-failed');
  expect(failed, ran.stderr).toMatchObject({ unit: `${name}:stubdom-amd64`, phase: 'script' });
  expect(ran.exitCode).toBe(1);
  const fine = ran.value.outputs['bystander:stubdom-amd64']!.output;
  expect(await readFile(join(fine, 'etc/fine'), 'utf8')).toBe('fine\n');
  const report = failed as Extract<Event, { type: 'unit-failed' }>;
  return { ...report.problem, log: report.log, seconds: report.seconds, events: ran.events };
}

/** Processes of this machine whose command line holds the text. */
async function processesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^[0-9]+$/.test(pid)) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (words.split('\0').includes(text)) found.push(words);
  }
  return found;
}

describe.skipIf(cannot)('inside', () => {
  test('user, host, folders and variables are the same on every machine', async () => {
    const cwd = await temporaryTree(
      program(
        'look',
        'id; hostname; umask; pwd; ls -d /*; ls /build /recipe; env',
        'needs: [zlib]\n',
      ),
    );
    const ran = await stubforgeJson<BuildValue>(['build', 'look'], {
      cwd,
      environment: { LEAK: 'leak', LD_PRELOAD: '' },
    });
    const lines = ran.events
      .filter((event) => event.type === 'phase-output' && event.unit === 'look:stubdom-amd64')
      .map((event) => (event as Extract<Event, { type: 'phase-output' }>).line);
    const text = lines.join('\n');
    expect(lines[0]).toBe('uid=1000(build) gid=1000(build) groups=1000(build)');
    expect(lines.slice(1, 4)).toEqual(['stubforge', '0022', '/build/look/build']);
    for (const folder of ['/home', '/root', '/opt', '/var', '/mnt', '/run', '/sys', '/boot']) {
      expect(lines).not.toContain(folder);
    }
    expect(text).toMatch(/^\/build:\nlook\n\n\/recipe:\nlook\n/m);
    expect(lines).toContain('HOME=/build/look/home');
    expect(text).toMatch(/^SOURCE_DATE_EPOCH=[0-9]+$/m);
    expect(text).not.toMatch(/leak|LD_PRELOAD|STUBFORGE_HOME/i);
    expect(text).not.toContain(testState);
  });

  test('the shell of a unit opens in there too', async () => {
    const ran = await stubforge(['shell', 'zlib', '-c', 'hostname; pwd; ls /home; perl -v']);
    expect(ran.stdout.split('\n').slice(-2)).toEqual(['stubforge', '/build/zlib/source']);
    expect(ran.stderr).toContain("cannot access '/home'");
    expect(ran.stderr).toContain('perl: not found');
  });

  test('where bubblewrap cannot work, that is said, and nothing is built without it', async () => {
    const cwd = await temporaryTree(program('refused', 'true'));
    const words = ['--unshare-user', '--disable-userns', '--dev-bind', '/', '/'];
    const ran = await execa('bwrap', [...words, resolve('stubforge'), 'build', 'refused'], {
      cwd,
      env: { STUBFORGE_HOME: testState },
      reject: false,
    });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(
      'error: builds cannot be sandboxed on this machine: bubblewrap does not work',
    );
    expect(ran.stderr).toMatch(/^ {2}bwrap: .*namespace/m);
    expect(ran.stderr).toContain('--sandbox=none');
    expect(ran.stderr).not.toContain('refused:stubdom-amd64: building');
  });

  test.skipIf(cannotMount)('demo asks for bubblewrap only where it is wanted', async () => {
    // The machine's commands without this one, for the command alone.
    const hidden = [
      'mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work',
      'mount -t overlay overlay -o lowerdir=/usr/bin,upperdir=/mnt/upper,workdir=/mnt/work /usr/bin',
      'rm -f /usr/bin/bwrap && exec "$@"',
    ].join(' && ');
    const demo = async (sandbox: string) => {
      const words = ['-m', 'sh', '-c', hidden, 'sh', resolve('stubforge'), 'demo', 'zlib'];
      const ran = await execa('unshare', [...words, '--offline'], {
        env: { STUBFORGE_HOME: testState, STUBFORGE_SANDBOX: sandbox },
        reject: false,
      });
      return ran.stderr;
    };
    expect(await demo('bubblewrap')).toContain('error: this machine lacks bwrap');
    expect(await demo('none')).toContain('error: zlib is no image');
  });

  test('a sandbox that does not exist is refused', async () => {
    const ran = await stubforge(['build', 'zlib', '--sandbox', 'bubblewarp']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain("did you mean 'bubblewrap'?");
  });
});

describe.skipIf(cannot)('what is not declared', () => {
  test.each([
    ['a tool', 'bison --version', 'bison', '[bison]'],
    [
      'the interpreter of a script',
      'printf "#!/usr/bin/perl\nprint 1;\n" > run.pl; chmod +x run.pl; ./run.pl',
      'perl',
      '[perl]',
    ],
    [
      'a tool that a makefile runs',
      'printf "all:\n\tgcc --version\n" > Makefile; make',
      'gcc',
      '[make, gcc, libc6-dev]',
      'host-tools: [make]\n',
    ],
  ])('%s is named with the line to add', async (_what, script, command, line, more = '') => {
    const name = `undeclared-${command}`;
    const problem = await failing(name, script, more);
    expect(problem.details?.join('\n')).toContain(
      `${name}:stubdom-amd64 uses the command ${command}, which it does not declare`,
    );
    expect(problem.remedy).toContain(`\`host-tools: ${line}\``);
    expect(problem.place?.field).toBe('host-tools');
    expect(problem.place?.file).toContain(`recipes/${name}.yaml`);
  });

  test.each([
    ['header', 'echo "#include <zlib.h>" > a.c; $CC -c a.c', 'zlib.h', 'zlib'],
    ['library', 'echo "int main(void) { return 0; }" > a.c; $CC a.c -lz', 'z', 'zlib'],
    ['pkg-config module', '$PKG_CONFIG --cflags glib-2.0', 'glib-2.0', 'glib2.0'],
  ])('a %s is named with its recipe and the line to add', async (noun, script, thing, recipe) => {
    const name = `undeclared-${noun.split('-')[0]!.split(' ')[0]}`;
    const problem = await failing(name, script);
    expect(problem.details?.join('\n')).toContain(
      `the ${noun} ${thing} is of the recipe ${recipe}, which ${name}:stubdom-amd64 does not declare`,
    );
    expect(problem.remedy).toContain(`\`needs: [${recipe}]\``);
    expect(problem.place?.field).toBe('needs');
  });
});

describe.skipIf(cannot || lacks('zlib1g-dev', 'pkg-config'))('a tool for the build machine', () => {
  const native = (name: string, script: string, more = '') => {
    const files = program(name, script, more);
    const recipe = `recipes/${name}.yaml` as const;
    return { ...files, [recipe]: files[recipe]!.replace('kind: program', 'kind: tool') };
  };

  test.each([
    ['header', 'echo "#include <zlib.h>" >a.c; gcc -c a.c', 'zlib.h', '[zlib1g-dev]', ''],
    [
      'pkg-config module',
      'pkg-config --cflags zlib',
      'zlib',
      '[pkg-config, zlib1g-dev]',
      'host-tools: [pkg-config]\n',
    ],
  ])(
    'does not see a %s of a package that it does not declare',
    async (noun, script, thing, line, more) => {
      const name = `native-${noun.split('-')[0]}`;
      const cwd = await temporaryTree(native(name, script, more));
      const ran = await stubforgeJson<BuildValue>(['build', name, '--force'], { cwd });
      const failed = ran.events.find((event) => event.type === 'unit-failed');
      const { problem } = failed as Extract<Event, { type: 'unit-failed' }>;
      expect(problem.details?.join('\n')).toContain(
        `the ${noun} ${thing} is of the package zlib1g-dev, which ${name}:native does not declare`,
      );
      expect(problem.remedy).toContain(`\`host-tools: ${line}\``);
      expect(problem.place?.field).toBe('host-tools');
    },
  );

  test('sees those of a package that it declares, and of what that depends on', async () => {
    const script = [
      'printf "#include <zlib.h>\\n#include <linux/types.h>\\nint main(void) { return !zlibVersion(); }\\n" >a.c',
      'gcc a.c $(pkg-config --cflags --libs zlib)',
      './a.out && touch "$dest/x"',
    ].join('\n');
    const more = 'host-tools: [pkg-config, zlib1g-dev]\n';
    const cwd = await temporaryTree(native('native-declared', script, more));
    const ran = await stubforge(['build', 'native-declared', '--force'], { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
  });
});

describe.skipIf(cannot)('bad recipes', () => {
  test('one that tries the network', async () => {
    const script =
      'python3 -c "import urllib.request; urllib.request.urlopen(\'http://192.0.2.1/\', timeout=5)"';
    const problem = await failing('bad-network', script, 'host-tools: [python3]\n');
    expect(problem.details?.join('\n')).toContain('it tried to use the network');
    expect(problem.seconds).toBeLessThan(60);
  });

  test('one that writes outside', async () => {
    const outside = join(await temporaryTree(), 'written');
    const problem = await failing(
      'bad-outside',
      `mkdir -p "${outside}"; touch /usr/lib/bad-outside`,
    );
    expect(problem.details?.join('\n')).toMatch(
      /it writes to \/\S+, which is outside of its build/,
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
    expect(log.stdout).toMatch(/^config\.sub \(2017-02-07.*taught/m);
    expect(await readdir(outside)).toEqual([]);
  });

  test('one that forks without end', async () => {
    // It ends by itself after some thousands, so that a sandbox that fails to hold it costs no machine.
    const script =
      'bomb() { [ $1 -gt 11 ] || { bomb $(($1 + 1)) & bomb $(($1 + 1)) & sleep 4242; }; }; bomb 1; wait';
    const problem = await failing('bad-fork', script, 'limits: { processes: 200 }\n');
    expect(problem.message).toBe(
      'phase script was ended: it started more processes and threads than its limit of 200',
    );
    expect(problem.remedy).toContain('`limits: { processes: … }`');
    expect(problem.place?.field).toBe('limits');
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
    const more = 'host-tools: [python3]\nlimits: { processes: 200 }\n';
    const problem = await failing('bad-sessions', script, more);
    expect(problem.message).toBe(
      'phase script was ended: it started more processes and threads than its limit of 200',
    );
  });

  test('one that takes memory without end, in one process and in many', async () => {
    const limits = 'host-tools: [python3]\nlimits: { memory: 256MiB }\n';
    const one = await failing('bad-memory', 'python3 -c "x = bytearray(1 << 30)"', limits);
    expect(one.details?.join('\n')).toContain('its limit forbids it');
    expect(one.remedy).toContain('`limits: { memory: … }`');
    const script =
      'for each in 1 2 3 4; do python3 -c "import time; x = bytearray(b\'x\') * (100 << 20); time.sleep(600)" & done; wait';
    const many = await failing('bad-memories', script, limits);
    expect(many.message).toContain('its processes took more memory than its limit of 256 MiB');
  });

  test('one that fills the disk, with one file and with many', async () => {
    const limits = 'limits: { disk: 48MiB }\n';
    const one = await failing('bad-disk', 'dd if=/dev/zero of=zeros bs=1M', limits);
    expect(`${one.message} ${one.details?.join(' ')}`).toMatch(
      /more of the disk|larger than the limit/,
    );
    expect(one.remedy).toContain('`limits: { disk: … }`');
    const script =
      'i=0; while :; do i=$((i + 1)); dd if=/dev/zero of=zeros$i bs=1M count=4; sleep 0.02; done';
    const many = await failing('bad-disks', script, limits);
    expect(many.message).toContain('its files take more of the disk than its limit of 48.0 MiB');
    const root = join(testState, 'build/bad-disks_stubdom-amd64/build');
    const sizes = await Promise.all(
      (await readdir(root)).map(async (name) => (await stat(join(root, name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(40 * 2 ** 20);
  });

  test.skipIf(cannotMount).each([
    [
      'many files',
      'i=0; while :; do i=$((i + 1)); head -c 2097152 /dev/zero > f$i; sleep 0.02; done',
      'phase script was ended: it leaves less of the disk free than',
    ],
    [
      'one file, faster than anybody looks',
      'sleep 1; dd if=/dev/zero of=zeros bs=16M',
      'a file of its build grew larger than',
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
      expect(ran.stderr).toContain(said);
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
    expect(slow.seconds).toBeGreaterThan(2.9);
  });

  test('one that prints a gigabyte, in lines and in one line', async () => {
    for (const [name, script] of [
      ['bad-print', 'yes | head -c 1073741824'],
      ['bad-line', "head -c 1073741824 /dev/zero | tr '\\0' x"],
    ] as const) {
      const problem = await failing(name, script, 'limits: { output: 2MiB }\n');
      expect(problem.message).toBe(
        'phase script was ended: it printed more than its limit of 2.0 MiB',
      );
      expect((await stat(problem.log)).size).toBeLessThan(3 * 2 ** 20);
      expect(await readFile(problem.log, 'utf8')).toContain(`error: ${problem.message}`);
    }
  });

  test('one that puts a link in the place of a folder that stubforge will touch', async () => {
    const outside = await temporaryTree({ 'share/man/page': 'kept' });
    for (const [name, script] of [
      ['bad-tmp', `rm -rf "$source/../tmp"; ln -s ${outside} "$source/../tmp"`],
      ['bad-dest', `rm -rf "$dest"; ln -s ${outside} "$dest"`],
      ['bad-lost', 'rm -rf "$dest"'],
    ] as const) {
      const problem = await failing(name, script);
      expect(problem.message).toContain('the build put something else in the place of its folder');
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
