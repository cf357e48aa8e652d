import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cpioArchive } from '../../../src/lab/dom0/cpio.js';
import { findProgram } from '../../../src/machine/find-program.js';
import { temporaryTree } from '../../support/temporary.js';

const noCpio = !(await findProgram('cpio'));

test.skipIf(noCpio)('cpio unpacks an archive of ours, and what follows it', async () => {
  const folder = await temporaryTree();
  const text = (content: string) => Buffer.from(content);
  const archive = cpioArchive([
    { path: 'usr/bin/run', content: text('#!/bin/sh\necho yes\n'), kind: 'file', executable: true },
    { path: 'link', content: text('usr/bin/run'), kind: 'link' },
    { path: 'odd', content: text('12345'), kind: 'file' },
  ]);
  const file = join(folder, 'archive');
  await writeFile(file, archive);
  const out = join(folder, 'out');
  await mkdir(out);
  await execa('cpio', ['-idm', '--quiet'], { cwd: out, input: archive });
  expect((await execa(join(out, 'link'))).stdout).toBe('yes');
  expect((await execa('cat', [join(out, 'odd')])).stdout).toBe('12345');
  expect((await execa('find', ['.', '-type', 'f', '-executable'], { cwd: out })).stdout).toBe(
    './usr/bin/run',
  );
});

test('equal entries give equal archives, in any order', () => {
  const a = { path: 'a/b', content: Buffer.from('x'), kind: 'file' } as const;
  const b = { path: 'c', content: Buffer.from('y'), kind: 'file' } as const;
  expect(cpioArchive([a, b])).toEqual(cpioArchive([b, a]));
});
