/** The plan as a shell script, run where there is neither Node nor stubforge. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { lacks } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

interface BuildValue {
  outputs: Record<string, { elf: string; gz: string }>;
}

/** Runs a command in `folder`, with no network and nothing of /usr/local, /opt and the homes. */
const withoutNode = (folder: string, ...words: string[]) =>
  execa(
    'bwrap',
    [
      ...['--unshare-all', '--die-with-parent', '--clearenv'],
      ...['--setenv', 'PATH', '/usr/sbin:/usr/bin:/sbin:/bin'],
      ...['--ro-bind', '/usr', '/usr', '--ro-bind', '/etc', '/etc', '--tmpfs', '/usr/local'],
      ...['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'].flatMap((name) => [
        ...['--symlink', `usr/${name}`, `/${name}`],
      ]),
      ...['node', 'nodejs'].flatMap((name) => hidden(`/usr/bin/${name}`)),
      ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
      ...['--bind', folder, '/work', '--chdir', '/work'],
      ...words,
    ],
    { reject: false, all: true, env: { LC_ALL: 'C' } },
  );

/** Where Node is the distro's own, its file is covered. */
const hidden = (path: string) =>
  process.execPath === path ? ['--ro-bind', '/dev/null', path] : [];

describe.skipIf(lacks('gcc', 'binutils', 'make', 'dpkg-dev', 'bubblewrap'))(
  'export --format sh',
  () => {
    test('the script gives the same bytes without Node, and keeps what is done', async () => {
      const folder = await temporaryTree();
      const built = await stubforgeJson<BuildValue>(['build', 'zlib-selftest']);
      expect(built.exitCode, built.stderr).toBe(0);
      const image = built.value.outputs['zlib-selftest:stubdom-amd64']!;
      const script = join(folder, 'build.sh');
      const exported = await stubforge(['export', '--format', 'sh', 'zlib-selftest', '-o', script]);
      expect(exported.exitCode, exported.stderr).toBe(0);
      const mirrored = await stubforge([
        'source',
        'mirror',
        join(folder, 'sources'),
        'zlib-selftest',
      ]);
      expect(mirrored.exitCode, mirrored.stderr).toBe(0);

      expect((await withoutNode(folder, 'sh', '-c', 'command -v node nodejs')).exitCode).not.toBe(
        0,
      );
      const words = ['sh', 'build.sh', '--sources', 'sources', '--output', 'out'];
      const ran = await withoutNode(folder, ...words);
      expect(ran.exitCode, ran.all).toBe(0);
      for (const [name, path] of Object.entries({ elf: image.elf, gz: image.gz })) {
        const own = await readFile(join(folder, `out/boot/zlib-selftest.${name}`));
        expect(own.equals(await readFile(path)), name).toBe(true);
      }
      const again = await withoutNode(folder, ...words);
      expect(again.exitCode, again.all).toBe(0);
      expect(again.all).toContain('musl_stubdom-amd64: built before\n');
      expect(again.all).not.toContain('compile');

      // Another script goes on from there. What the toolchain is asked is a unit like any other.
      const asked = await stubforgeJson<{ outputs: Record<string, { output: string }> }>([
        ...['build', 'configure-answers'],
      ]);
      expect(asked.exitCode, asked.stderr).toBe(0);
      const { output } = asked.value.outputs['configure-answers:stubdom-amd64']!;
      const second = ['export', '--sh', 'configure-answers', '-o', join(folder, 'answers.sh')];
      expect((await stubforge(second)).exitCode).toBe(0);
      const answered = await withoutNode(folder, 'sh', 'answers.sh', ...words.slice(2));
      expect(answered.exitCode, answered.all).toBe(0);
      expect(answered.all).toContain('musl_stubdom-amd64: built before\n');
      for (const name of ['config.site', 'meson-answers.ini', 'cmake-answers.cmake']) {
        const text = await readFile(join(folder, 'out', name), 'utf8');
        expect(text).toBe(await readFile(join(output, name), 'utf8'));
      }
    });

    test('a source with another content is refused', async () => {
      const folder = await temporaryTree();
      const script = join(folder, 'build.sh');
      const exported = await stubforge(['export', '--sh', 'hello', '-o', script]);
      expect(exported.exitCode, exported.stderr).toBe(0);
      const name = /^source_file (linux-libc-dev\S+) /m.exec(await readFile(script, 'utf8'))![1]!;
      const sources = await temporaryTree({ [name]: 'something else' });
      const ran = await execa('sh', [script, '--sources', sources, '--work', 'work'], {
        cwd: folder,
        reject: false,
      });
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toMatch(
        /linux-libc-dev\S+ has the SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}/,
      );
    });
  },
);
