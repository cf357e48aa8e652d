import { resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/events/event.js';
import {
  type BuildValue,
  cannot,
  cannotMount,
  failing,
  program,
} from '../../support/bad-recipe.js';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson, testState } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

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
    expect(await demo('bubblewrap')).toContain('error: missing from this machine: bwrap');
    expect(await demo('none')).toContain('error: zlib is a library, and only images boot');
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
      'build-tools: [make]\n',
    ],
  ])('%s is named with the line to add', async (_what, script, command, line, more = '') => {
    const name = `undeclared-${command}`;
    const diagnostic = await failing(name, script, more);
    expect(diagnostic.details?.join('\n')).toContain(
      command === 'gcc'
        ? `${name}:stubdom-amd64 compiles C for the build machine, and declares no compiler for it`
        : `${name}:stubdom-amd64 uses the command ${command}, which it does not declare`,
    );
    expect(diagnostic.help).toContain(`\`build-tools: ${line}\``);
    expect(diagnostic.span?.field).toBe('build-tools');
    expect(diagnostic.span?.file).toContain(`recipes/${name}.yaml`);
  });

  test.each([
    ['header', 'echo "#include <zlib.h>" > a.c; $CC -c a.c', 'zlib.h', 'zlib'],
    ['library', 'echo "int main(void) { return 0; }" > a.c; $CC a.c -lz', 'z', 'zlib'],
    ['pkg-config module', '$PKG_CONFIG --cflags glib-2.0', 'glib-2.0', 'glib2.0'],
  ])('a %s is named with its recipe and the line to add', async (noun, script, thing, recipe) => {
    const name = `undeclared-${noun.split('-')[0]!.split(' ')[0]}`;
    const diagnostic = await failing(name, script);
    expect(diagnostic.details?.join('\n')).toContain(
      `the ${noun} ${thing} belongs to the recipe ${recipe}, which ${name}:stubdom-amd64 does not declare`,
    );
    expect(diagnostic.help).toContain(`\`needs: [${recipe}]\``);
    expect(diagnostic.span?.field).toBe('needs');
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
      'build-tools: [pkg-config]\n',
    ],
  ])(
    'does not see a %s of a package that it does not declare',
    async (noun, script, thing, line, more) => {
      const name = `native-${noun.split('-')[0]}`;
      const cwd = await temporaryTree(native(name, script, more));
      const ran = await stubforgeJson<BuildValue>(['build', name, '--force'], { cwd });
      const failed = ran.events.find((event) => event.type === 'unit-failed');
      const [diagnostic] = (failed as Extract<Event, { type: 'unit-failed' }>).diagnostics;
      expect(diagnostic?.details?.join('\n')).toContain(
        `the ${noun} ${thing} belongs to the package zlib1g-dev, which ${name}:native does not declare`,
      );
      expect(diagnostic?.help).toContain(`\`build-tools: ${line}\``);
      expect(diagnostic?.span?.field).toBe('build-tools');
    },
  );

  test('sees those of a package that it declares, and of what that depends on', async () => {
    const script = [
      'printf "#include <zlib.h>\\n#include <linux/types.h>\\nint main(void) { return !zlibVersion(); }\\n" >a.c',
      'gcc a.c $(pkg-config --cflags --libs zlib)',
      './a.out && touch "$dest/x"',
    ].join('\n');
    const more = 'build-tools: [pkg-config, zlib1g-dev]\n';
    const cwd = await temporaryTree(native('native-declared', script, more));
    const ran = await stubforge(['build', 'native-declared', '--force'], { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
  });
});
