/**
 * What stubforge says when something is wrong, word for word, in test/golden. To take over what a
 * change makes of it: npm run test:golden:update
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { filesHandler, serve } from '../../support/sources.js';
import { temporaryTree } from '../../support/temporary.js';
import { type Transcribed, type TranscriptOptions, transcript } from '../../support/transcript.js';

const golden = (name: string) => resolve(`test/golden/errors/${name}.txt`);

async function expectGolden(
  name: string,
  files: Record<string, string>,
  commands: (string[] | Transcribed)[],
  options: Partial<TranscriptOptions> = {},
) {
  const cwd = options.cwd ?? (await temporaryTree(files));
  const state = options.state ?? join(await temporaryTree(), 'state');
  const text = await transcript(commands, { ...options, cwd, state });
  expect(text).not.toMatch(/defect of stubforge|^ {4}at /m);
  await expect(text).toMatchFileSnapshot(golden(name));
}

const library = (name: string, more = '') =>
  `name: ${name}\nsummary: a test\nsource: { debian: zlib }\nbuild: autotools\n${more}`;

test('words of the command line', () =>
  expectGolden('command-line', { 'a file': '' }, [
    ['biuld'],
    ['build', '--arhc', 'stubdom-i386'],
    ['build', 'zlib', '--arch', 'stubdom-amd46'],
    ['build', 'zlibb'],
    ['plan', 'zlib:stubdom-i386'],
    ['source', 'list', 'zlib:stubdom-i386'],
    ['boot', 'zlibb', '--program', 'x'],
    ['build', 'zlib', '--sandbox', 'bubblewarp'],
    { words: ['build', 'zlib'], environment: { STUBFORGE_SANDBOX: 'chroot' } },
    ['build', 'zlib', '-j', 'many'],
    ['build', 'zlib', '-C', '/nonexistent'],
    ['boot'],
    ['boot', './a file', '--under', 'xne'],
    ['boot', './a file', '--memory', '64'],
    ['boot', './a file', '--timeout', 'soon'],
    ['boot', './a file', '--expect', '('],
    ['boot', './a file', '--accel', 'hvf'],
    ['boot', './a file', '--input', 'no-such-file'],
    ['verify'],
    ['verify', '/bin/ls', '--profile', 'stubdon'],
    ['schema', 'recipes'],
    ['demo', '--arch', 'all'],
    ['demo', 'zlib'],
    ['demo', '--under', 'kvm'],
    ['log', 'zlib'],
    ['log', 'zlib', '-n', 'few'],
    ['why', 'zlibb'],
    ['shell', 'zlib-selftest'],
    ['shell', 'zlib:stubdom-arm64'],
    ['export', '--sh', 'zlib', '--arch', 'all'],
    ['source', 'list', 'zlibb'],
    ['toolchain', 'show', 'nubb'],
    ['toolchain', 'env', '--arch', 'stubdom-i368'],
    ['store', 'export', 'outputs.zip'],
    ['config-sub', 'check', '--triple', 'x86_64', '.'],
  ]));

test('state folders', () =>
  expectGolden('state', { file: '' }, [
    ['plan', 'zlib', '--state', ''],
    ['plan', 'zlib', '--state', 'with blanks in it'],
    { words: ['build', 'zlib'], environment: { STUBFORGE_HOME: '/tmp/with blanks' } },
    ['plan', 'zlib', '--state', '/proc/nonexistent/x'],
    ['build', 'zlib', '--offline', '--state', 'file'],
    ['store', 'stat', '--state', 'file'],
    { words: ['store', 'gc'], environment: { STUBFORGE_HOME: '/dev/null/state' } },
  ]));

test('recipes', async () => {
  const wrong: Record<string, string> = {
    'unknown-field': library('unknown-field', 'neds: [zlib]\n'),
    'unknown-need': library('unknown-need', 'needs: [zlip]\n'),
    'unknown-build': library('unknown-build').replace('autotools', 'autotool'),
    'other-name': library('another-name'),
    'bad-name': library('Bad_Name').replace('Bad_Name', "'Bad Name'"),
    'no-summary': 'name: no-summary\nsource: { debian: zlib }\nbuild: autotools\n',
    'wrong-kind': library('wrong-kind', 'kind: libary\n'),
    'wrong-kind-of-image':
      'name: wrong-kind-of-image\nkind: imgae\nsummary: a test\nprogram: { recipe: hello-program, file: usr/bin/hello }\n',
    'wrong-type': library('wrong-type', 'needs: zlib\n'),
    'two-sources': library('two-sources').replace('debian: zlib', 'debian: zlib, local: x'),
    'bad-package': library('bad-package').replace('debian: zlib', 'debian: Zlib!'),
    'bad-hash': library('bad-hash').replace(
      'debian: zlib',
      "url: 'https://example.invalid/x.tar.gz', sha256: 123",
    ),
    'bad-commit': library('bad-commit').replace(
      'debian: zlib',
      "git: 'https://example.invalid/x.git', commit: main",
    ),
    'missing-folder': library('missing-folder').replace('debian: zlib', 'local: nowhere'),
    'missing-patch': library('missing-patch', 'patches: [{ file: x.patch, reason: why }]\n'),
    'patch-outside': library('patch-outside', 'patches: [{ file: ../../x, reason: why }]\n'),
    'bad-limit': library('bad-limit', 'limits: { memory: lots }\n'),
    'bad-variable': library('bad-variable', "environment: { 'A B': x }\n"),
    'bad-placeholder': library('bad-placeholder', "configure: ['--with={{depends}}']\n"),
    'unknown-architecture': library('unknown-architecture', 'stubdom-arm64: { needs: [] }\n'),
    'empty-field': library('empty-field', 'configure:\n'),
    'image-of-library':
      'name: image-of-library\nkind: image\nsummary: a test\nprogram: { recipe: zlib, file: usr/lib/libz.a }\nmemory: 64MiB\n',
    'image-without-program': 'name: image-without-program\nkind: image\nsummary: a test\n',
    'image-memory':
      'name: image-memory\nkind: image\nsummary: a test\nprogram: { recipe: hello-program, file: usr/bin/hello }\nmemory: much\n',
    'not-yaml': 'name: [not-yaml\nsummary: x\n',
    tabs: 'name: tabs\nsource:\n\tdebian: zlib\n',
    twice: library('twice', 'build: make\n'),
    documents: `${library('documents')}---\n${library('documents')}`,
    empty: '',
    list: '- a\n- b\n',
    alias: library('alias', 'needs: *others\n'),
    deep: `${'['.repeat(200)}${']'.repeat(200)}\n`,
  };
  const files = Object.fromEntries(
    Object.entries(wrong).map(([name, text]) => [`recipes/${name}.yaml`, text]),
  );
  await expectGolden('recipes', { ...files, 'recipe.txt': '' }, [
    ['lint', ...Object.keys(files)],
    ['lint', 'nothing.yaml'],
    ['lint', 'recipe.txt'],
    ['lint', '--json', 'recipes/unknown-field.yaml'],
    ['plan', 'unknown-need'],
    ['plan', 'unknown-need', '--json'],
  ]);
});

test('cycles', () =>
  expectGolden(
    'cycles',
    {
      'recipes/a.yaml': library('a', 'needs: [b]\n'),
      'recipes/b.yaml': library('b', 'needs: [c]\n'),
      'recipes/c.yaml': library('c', 'needs: [a]\n'),
    },
    [['lint'], ['plan', 'a'], ['build', 'c']],
  ));

test('build systems and toolchains', () =>
  expectGolden(
    'project',
    {
      'recipes/build-systems/mine.yaml':
        'name: mine\nsummary: a test\ninputs: { words: { sumary: x } }\nphases: []\n',
      'recipes/build-systems/other.yaml':
        'name: other\nsummary: a test\nphases: [{ name: build, run: "make {{wrods}}" }]\n',
      'recipes/uses.yaml': library('uses').replace('autotools', 'mine'),
      'toolchains/bad/toolchain.yaml': 'name: good\nsummary: a test\nkind: adopted\n',
    },
    [['lint'], ['plan', 'uses'], ['toolchain', 'list']],
  ));

test('sources', async () => {
  const content = gzipSync('what is there');
  const server = await serve(filesHandler(new Map([['/x.tar.gz', content]])));
  const url = (path: string, sha256: string) => `url: '${server.uri}/${path}', sha256: '${sha256}'`;
  const own = createHash('sha256').update(content).digest('hex');
  // A tool of the build machine needs no sources but its own.
  const source = (name: string, text: string) =>
    `name: ${name}\nkind: tool\nsummary: a test\nsource: { ${text} }\nbuild: script\nscript: exit 1\n`;
  await expectGolden(
    'sources',
    {
      'recipes/unlocked.yaml': source('unlocked', 'debian: hello'),
      'recipes/wrong-hash.yaml': source('wrong-hash', url('x.tar.gz', '0'.repeat(64))),
      'recipes/gone.yaml': source('gone', url('gone.tar.gz', 'a'.repeat(64))),
      'recipes/git.yaml': source(
        'git',
        `git: 'file:///nonexistent/x.git', commit: '${'a'.repeat(40)}'`,
      ),
    },
    [
      ['plan', 'unlocked', '--offline'],
      ['source', 'lock', 'unlocked', '--offline'],
      ['source', 'fetch', 'wrong-hash'],
      ['source', 'fetch', 'gone'],
      ['source', 'fetch', 'gone', '--offline'],
      ['source', 'fetch', 'git'],
      ['source', 'fetch', 'git', '--offline'],
      ['source', 'fetch', 'zlib', '--offline'],
    ],
  );
  const lock = (text: string) => ({ 'stubforge.lock': text });
  await expectGolden('lock-format', lock('format: 99\nsources: {}\n'), [['source', 'list']]);
  await expectGolden(
    'lock-path',
    lock(
      `format: 1\nsources:\n  debian:zlib:\n    version: '1'\n    files:\n      - { name: x, size: 1, sha256: ${own}, path: pool/../../etc/passwd }\n`,
    ),
    [['source', 'list', 'zlib']],
  );
});

test('images', async () => {
  const cwd = await temporaryTree({ text: 'no image\n', empty: '', cut: '\x7fELF\x02\x01\x01' });
  await mkdir(join(cwd, 'folder'));
  await writeFile(join(cwd, 'cut.gz'), gzipSync('x'.repeat(1000)).subarray(0, 20));
  await expectGolden(
    'images',
    {},
    [
      ...['text', 'empty', 'cut', 'cut.gz', 'folder', 'nothing'].map((name) => ['verify', name]),
      ['verify', 'text', '--json'],
      ['boot', './text'],
      ['boot', './nothing'],
      ['boot', 'hello'],
      ['boot', 'zlib'],
      ['boot', 'zlib', '--program', 'x'],
      ['boot', 'helo'],
    ],
    { cwd },
  );
});

test('the store', async () => {
  const cwd = await temporaryTree({ 'not-an-archive.tar': 'x'.repeat(2000), 'cut.tar.gz': 'x' });
  await expectGolden(
    'store',
    {},
    [
      ['store', 'stat'],
      ['store', 'verify'],
      ['store', 'export', 'outputs.tar'],
      ['store', 'export', 'outputs.tar', 'zlib'],
      ['store', 'import', 'nothing.tar'],
      ['store', 'import', 'not-an-archive.tar'],
      ['store', 'import', 'cut.tar.gz'],
      ['store', 'import', 'archive.zip'],
      ['store', 'gc', '--keep-recent', 'long'],
    ],
    { cwd },
  );
});

test('config.sub', async () => {
  const cwd = await temporaryTree({
    'tree/config.sub': '#!/bin/sh\n# no config.sub that anybody knows\necho "$1"\n',
    'plain/README': '',
  });
  await expectGolden(
    'config-sub',
    {},
    [
      ['config-sub', 'patch', '/nonexistent/tree'],
      ['config-sub', 'check', 'tree'],
      ['config-sub', 'patch', 'tree'],
      ['config-sub', 'check', 'plain'],
    ],
    { cwd },
  );
});

test('what a machine lacks', () =>
  expectGolden(
    'missing-tools',
    {
      'recipes/needs-tool.yaml':
        'name: needs-tool\nkind: tool\nsummary: a test\nsource: { local: needs-tool }\nbuild: script\nbuild-tools: [no-such-tool]\nscript: exit 1\n',
      'recipes/needs-tool/x': '',
    },
    [['build', 'needs-tool']],
  ));

test('folders and files that are in the way', async () => {
  const cwd = await temporaryTree({ 'full/thesis.tex': 'x', 'outputs.tar': 'x' });
  await expectGolden(
    'in-the-way',
    {},
    [
      ['toolchain', 'install', 'full'],
      ['export', '--sh', 'zlib', '--offline', '-o', 'full'],
      ['export', '--sh', 'zlib', '--offline', '-o', 'full/thesis.tex'],
      ['store', 'export', 'outputs.tar'],
    ],
    { cwd },
  );
});
