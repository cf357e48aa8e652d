/** Newer versions of Node.js than the distro's, which npm brings: needs the network. */
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/project/project.js';
import { lacks } from '../support/lacks.js';
import { isExhaustive } from '../support/sample.js';
import { testState } from '../support/stubforge.js';
import { temporaryTree } from '../support/temporary.js';

const program = resolve('dist/cli/main.js');

/** What the package `node` of npm fetches in its turn. */
const binaries = `node-${process.platform}-${process.arch}`;

describe.each(['22', '24'])('Node.js %s', (major) => {
  test('runs stubforge from the command line to a booted image', async ({ skip }) => {
    const folder = await temporaryTree({ 'package.json': '{"private": true}' });
    const install = ['install', '--silent', '--no-audit', '--no-fund', `${binaries}@${major}`];
    const installed = await execa('npm', install, { cwd: folder, reject: false });
    skip(installed.failed, `npm cannot bring it: ${installed.stderr}`);
    const node = join(folder, 'node_modules', binaries, 'bin/node');
    expect((await execa(node, ['--version'])).stdout).toMatch(new RegExp(`^v${major}\\.`));

    const stubforge = async (...words: string[]) => {
      const ran = await execa(node, [program, ...words], {
        env: { STUBFORGE_HOME: testState },
        reject: false,
      });
      expect(ran.exitCode, ran.stderr).toBe(0);
      // Whatever is deprecated in a newer version is said there.
      expect(ran.stderr).not.toMatch(/Warning:/);
      return ran.stdout;
    };
    expect(await stubforge('--version')).toMatch(/^stubforge \d/);
    expect(await stubforge('lint')).toContain('no problems');
    if (lacks('gcc', 'binutils', 'make')) return;
    expect(await stubforge('plan', 'zlib-selftest')).toMatch(/ zlib-selftest:stubdom-amd64 /);
    await stubforge('build', 'zlib', '--force');
    if (lacks('qemu-system-x86')) return;
    await stubforge('demo', '--small', '--under', 'pvh');
    if (!isExhaustive) return;
    const vitest = join(packageRoot, 'node_modules/vitest/vitest.mjs');
    const unit = await execa(node, [vitest, 'run', '--project', 'unit'], { reject: false });
    expect(unit.exitCode, unit.stdout).toBe(0);
  });
});
