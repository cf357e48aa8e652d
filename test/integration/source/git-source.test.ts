import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { fetchSources } from '../../../src/source/fetch-sources.js';
import { mirrorSources } from '../../../src/source/mirror-sources.js';
import { unpackSource } from '../../../src/source/unpack-source.js';
import { diagnosticsOf, projectIn, recorder, temporaryFolder } from '../../support/sources.js';

const noLock = { entries: new Map(), own: new Map() };

/** A repository with two commits; the spec names the first of them. */
async function repository() {
  const dir = await temporaryFolder();
  const git = (...words: string[]) =>
    execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...words], {
      cwd: dir,
      env: {
        GIT_COMMITTER_DATE: '2001-09-09T01:46:40Z',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_DIR: undefined,
      },
    });
  await git('init', '--quiet', '--initial-branch=main');
  await mkdir(join(dir, 'only'));
  await writeFile(join(dir, 'only', 'a'), 'first $Format:%H$\n');
  await writeFile(join(dir, '.gitattributes'), 'only/a export-subst\nonly/hidden export-ignore\n');
  await writeFile(join(dir, 'only', 'hidden'), 'hidden');
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'first');
  const commit = (await git('rev-parse', 'HEAD')).stdout;
  await writeFile(join(dir, 'only', 'a'), 'second\n');
  await git('commit', '--quiet', '-am', 'second');
  return { dir, spec: { type: 'git', url: `file://${dir}`, commit } as const };
}

test('fetches a commit that no branch points at, exactly as it is', async () => {
  const { spec } = await repository();
  const root = await temporaryFolder();
  const project = projectIn(root);
  const { emit } = recorder();
  await fetchSources(project, [spec], noLock, { offline: false, emit });
  const unpacked = await unpackSource(project, spec, noLock, join(root, 'tree'));
  expect(unpacked).toEqual({ date: 1_000_000_000 });
  expect((await readdir(join(root, 'tree'))).sort()).toEqual(['.gitattributes', 'only']);
  expect(await readFile(join(root, 'tree/only/a'), 'utf8')).toBe('first $Format:%H$\n');
  expect(await readFile(join(root, 'tree/only/hidden'), 'utf8')).toBe('hidden');
});

test('works without a network from the state folder, or from a mirror folder', async () => {
  const { spec } = await repository();
  const root = await temporaryFolder();
  const mirror = join(root, 'mirror');
  const { emit } = recorder();
  const first = projectIn(join(root, 'first'));
  const second = projectIn(join(root, 'second'));
  await fetchSources(first, [spec], noLock, { offline: false, emit });
  await fetchSources(first, [spec], noLock, { offline: true, emit });
  expect(await mirrorSources(first, noLock, [spec], mirror)).toMatchObject({ commits: 1 });

  const [diagnostic] = await diagnosticsOf(
    fetchSources(second, [spec], noLock, { offline: true, emit }),
  );
  expect(diagnostic!.help).toContain('stubforge source fetch');
  await fetchSources(second, [spec], noLock, { offline: true, emit, mirror });
  await unpackSource(second, spec, noLock, join(root, 'tree'));
  expect((await stat(join(root, 'tree/only/a'))).isFile()).toBe(true);
});

test('says which commit a repository has not got', async () => {
  const { spec } = await repository();
  const project = projectIn(await temporaryFolder());
  const { emit } = recorder();
  const wrong = { ...spec, commit: 'd'.repeat(40) };
  const [diagnostic] = await diagnosticsOf(
    fetchSources(project, [wrong], noLock, { offline: false, emit }),
  );
  expect(diagnostic!.message).toContain('d'.repeat(40));
  expect(diagnostic!.message).toContain(spec.url);
});
