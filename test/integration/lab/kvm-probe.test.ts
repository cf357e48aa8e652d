import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { kvmProbeImage } from '../../../src/lab/kvm-probe-image.js';
import { lacks } from '../../support/lacks.js';
import { temporaryTree } from '../../support/temporary.js';

const source = resolve(import.meta.dirname, '../../../src/lab/kvm-probe.S');

test.skipIf(lacks('gcc', 'binutils'))('the probe is what its source assembles to', async () => {
  const directory = await temporaryTree();
  const [object, binary] = ['probe.o', 'probe'].map((name) => join(directory, name)) as [
    string,
    string,
  ];
  await execa('gcc', ['-c', source, '-o', object]);
  await execa('objcopy', ['-O', 'binary', '-j', '.text', object, binary]);
  const bytes = await readFile(binary);
  // As kvm-probe-image.ts holds them, so that a failure shows what to paste there.
  const rows = (image: Buffer) => image.toString('hex').match(/.{1,80}/g);
  expect(rows(kvmProbeImage)).toEqual(rows(bytes));
});
