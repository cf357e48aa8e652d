import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aptPath, isDistroOrigin } from '../../../../src/source/apt/apt-config.js';
import {
  maybeDistro,
  parseDeb822,
  parseOneLine,
  readArchives,
  renderArchive,
} from '../../../../src/source/apt/archives.js';
import { parseStanza } from '../../../../src/source/deb822.js';
import { temporaryFolder } from '../../../support/sources.js';

test('reads one-line entries with options, comments and odd URIs', () => {
  const archives = parseOneLine(
    [
      '# deb http://commented.example/debian bookworm main',
      'deb http://one.example/debian/ bookworm main contrib # why',
      'deb-src [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://two.example/debian sid main',
      'deb cdrom:[Debian 12 _Book_]/ bookworm main',
      'deb http://flat.example/repo ./',
      'not an entry',
    ].join('\n'),
  );
  expect(archives).toEqual([
    {
      uri: 'http://one.example/debian',
      suite: 'bookworm',
      components: ['main', 'contrib'],
      options: [],
    },
    {
      uri: 'http://two.example/debian',
      suite: 'sid',
      components: ['main'],
      options: [
        ['architectures', 'amd64'],
        ['signed-by', '/usr/share/keyrings/a.gpg'],
      ],
    },
    { uri: 'cdrom:[Debian 12 _Book_]', suite: 'bookworm', components: ['main'], options: [] },
    { uri: 'http://flat.example/repo', suite: './', components: [], options: [] },
  ]);
});

test('reads deb822 entries: each URI and suite is an archive of its own', () => {
  const archives = parseDeb822(
    [
      'Types: deb',
      '# a comment in the middle',
      'URIs: http://one.example/debian',
      'Suites: bookworm bookworm-updates',
      'Components: main',
      'Signed-By:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      ' .',
      ' mQ==',
      ' -----END PGP PUBLIC KEY BLOCK-----',
      '',
      'Types: deb',
      'Enabled: no',
      'URIs: http://off.example/debian',
      'Suites: bookworm',
      'Components: main',
    ].join('\n'),
  );
  expect(archives.map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
    'http://one.example/debian bookworm',
    'http://one.example/debian bookworm-updates',
  ]);
  const rendered = parseStanza(renderArchive(archives[1]!, { type: 'source' }));
  expect(rendered.get('signed-by')).toContain('\n mQ==\n');
  expect(rendered.get('suites')).toBe('bookworm-updates');
});

test('renders for the wanted kind, and never what would switch verification off', () => {
  const [archive] = parseOneLine(
    'deb [trusted=yes allow-insecure=yes arch=i386 check-valid-until=no] http://a.example/d sid main',
  );
  const source = parseStanza(renderArchive(archive!, { type: 'source' }));
  expect([...source]).toEqual([
    ['types', 'deb-src'],
    ['uris', 'http://a.example/d'],
    ['suites', 'sid'],
    ['components', 'main'],
    ['targets', 'Sources'],
    ['check-valid-until', 'no'],
  ]);
  const binary = parseStanza(renderArchive(archive!, { type: 'binary', architecture: 'amd64' }));
  expect(binary.get('types')).toBe('deb');
  expect(binary.get('architectures')).toBe('amd64');
});

test('finds the files by apt’s own settings and merges entries of the same archive', async () => {
  const dir = await temporaryFolder();
  await mkdir(join(dir, 'parts'));
  await writeFile(join(dir, 'sources.list'), 'deb http://a.example/d sid main\n');
  await writeFile(join(dir, 'parts', 'b.list'), 'deb-src http://a.example/d/ sid contrib\n');
  await writeFile(join(dir, 'parts', 'c.list.disabled'), 'deb http://c.example/d sid main\n');
  const settings = new Map([
    ['dir', ['/']],
    ['dir::etc', [dir]],
    ['dir::etc::sourcelist', ['sources.list']],
    ['dir::etc::sourceparts', ['parts']],
  ]);
  expect(aptPath(settings, 'Dir::Etc::sourceparts')).toBe(join(dir, 'parts'));
  expect(await readArchives(settings)).toEqual([
    { uri: 'http://a.example/d', suite: 'sid', components: ['main', 'contrib'], options: [] },
  ]);
});

test('tells archives of the distro from others', () => {
  const distro = { names: ['debian'], codename: 'bookworm' };
  const archive = (suite: string, component = 'main') =>
    parseOneLine(`deb http://a.example/d ${suite} ${component}`)[0]!;
  for (const suite of ['bookworm', 'bookworm-security', 'sid', 'trixie', 'jammy-updates']) {
    expect(maybeDistro(archive(suite), distro), suite).toBe(true);
  }
  expect(maybeDistro(archive('cloud-tools-bookworm'), distro)).toBe(false);
  expect(maybeDistro(archive('stable', 'vendor'), distro)).toBe(false);
  expect(isDistroOrigin('Debian', distro)).toBe(true);
  expect(isDistroOrigin('Debian Backports', distro)).toBe(true);
  expect(isDistroOrigin('Somebody', distro)).toBe(false);
  expect(isDistroOrigin(undefined, distro)).toBe(false);
});
