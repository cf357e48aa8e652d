/** The npm package, installed in a folder that is no checkout. */
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/project/project.js';
import { lacks, theNetwork } from '../support/lacks.js';
import { testState } from '../support/stubforge.js';
import { temporaryTree } from '../support/temporary.js';

test.skipIf(lacks('gcc', 'binutils', theNetwork))(
  'the packed package works where it is installed',
  async () => {
    const folder = await temporaryTree({
      'copy/.keep': '',
      'app/package.json': '{"private": true}',
    });
    // Packing compiles anew, which must not take `dist` away from tests that run beside this one.
    const copy = join(folder, 'copy');
    await execa('git', [
      '-C',
      packageRoot,
      'ls-files',
      '-z',
      '--cached',
      '--others',
      '--exclude-standard',
    ]).pipe('xargs', ['-0', 'cp', '--parents', '-t', copy], { cwd: packageRoot });
    await execa('ln', ['-s', join(packageRoot, 'node_modules'), join(copy, 'node_modules')]);
    const packed = await execa('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: copy,
    });
    const app = join(folder, 'app');
    await execa('npm', ['install', '--silent', join(folder, packed.stdout.trim())], { cwd: app });

    const stubforge = (...words: string[]) =>
      execa(join(app, 'node_modules/.bin/stubforge'), words, {
        cwd: app,
        env: { STUBFORGE_HOME: testState },
      });
    expect((await stubforge('--version')).stdout).toMatch(/^stubforge \d+\.\d+\.\d+$/);
    expect((await stubforge('lint')).stdout).toMatch(/\d+ recipes, .* no problems$/);
    // Its own lock file serves projects that have none.
    const plan = await stubforge('plan', 'zlib', '--offline');
    expect(plan.stdout).toMatch(/ zlib:stubdom-amd64 /);
  },
);
