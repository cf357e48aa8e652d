/**
 * What programs cannot see of the kernel: it is built with a device of the test's own in it, through
 * which a program tries its inside.
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootImage } from '../../src/lab/boot-image.js';
import { packageRoot } from '../../src/project/project.js';
import { lacks } from '../support/lacks.js';
import { stubforge, stubforgeJson } from '../support/stubforge.js';

const kernel = join(packageRoot, 'toolchains/nub/kernel');
const noLab = lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'qemu-system-x86', 'bison', 'flex');
const architectures = [
  ['x86_64-xen-stubdom', 'xen-hypervisor', 'xen.gz'],
  ['i686-xen-stubdom', 'xen-hypervisor-pv32', 'xen-pv32.gz'],
] as const;

describe.skipIf(noLab)('inside the kernel', () => {
  let folder: string;
  let prefix: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stubforge-internals-'));
    prefix = join(folder, 'prefix');
    const installed = await stubforge(['toolchain', 'install', prefix, '--all']);
    expect(installed.exitCode, installed.stderr).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Puts a kernel with the device into the prefix, and links the program with it. */
  async function link(name: string, triple: string): Promise<string> {
    const objects = join(folder, triple);
    const words = [`TRIPLE=${triple}`, `O=${objects}`, `EXTRA=test/internals/${name}.c`];
    const PATH = `${join(prefix, 'bin')}:${process.env.PATH}`;
    await execa('make', ['-C', kernel, ...words], { env: { PATH } });
    const linked = join(prefix, triple, 'sysroot/usr/lib/nub.o');
    await rm(linked);
    await copyFile(join(objects, 'nub.o'), linked);
    const program = join(folder, `${name}.${triple}`);
    const source = join(kernel, `test/internals/${name}-program.c`);
    await execa(`${triple}-gcc`, ['-O2', '-o', program, source, '-lpthread'], { env: { PATH } });
    return program;
  }

  /** The program's status, with the kernel that it tries as the initial domain of a real Xen. */
  async function passes(name: string, triple: string, recipe: string, file: string): Promise<void> {
    const { value } = await stubforgeJson<{ outputs: Record<string, { output: string }> }>([
      'build',
      recipe,
    ]);
    const xen = value.outputs[`${recipe}:native`]!.output;
    const lines: string[] = [];
    const result = await bootImage(
      {
        image: await link(name, triple),
        under: 'xen',
        hypervisor: join(xen, 'usr/lib/xen/boot', file),
        accelerator: 'tcg',
        timeout: 600,
      },
      {
        emit: (event) => {
          if (event.type === 'console') lines.push(event.line);
        },
        signal: new AbortController().signal,
      },
    );
    expect(result.status, `${result.detail}\n${lines.join('\n')}`).toBe(0);
    expect(result.outcome).toBe('passed');
  }

  test.each(architectures)('event channels, on %s', (...where) => passes('events', ...where));

  // Its daemon is the program's own, and answers as it should, or anything.
  test.each(architectures)('the xenstore client, on %s', (...where) =>
    passes('xenstore', ...where),
  );

  // So is their backend.
  test.each(architectures)('disks, on %s', (...where) => passes('block', ...where));

  // And this one, hundreds of thousands of whose entries are mutated.
  test.each(architectures)('the rings of a network interface, on %s', (...where) =>
    passes('net', ...where),
  );
});
