import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { bootLoader } from '../../../src/lab/guest-disk/boot-loader.js';
import { heartbeat } from '../../../src/lab/guest-disk/heartbeat.js';
import { lacks } from '../../support/lacks.js';
import { temporaryTree } from '../../support/temporary.js';

const sources = resolve(import.meta.dirname, '../../../src/lab/guest-disk');

test.skipIf(lacks('gcc', 'binutils')).each([
  ['boot-loader.S', bootLoader],
  ['heartbeat.S', heartbeat],
])('the sector of %s is what its source assembles to', async (source, held) => {
  const directory = await temporaryTree();
  const object = join(directory, 'sector.o');
  const binary = join(directory, 'sector');
  await execa('gcc', ['-c', join(sources, source), '-o', object]);
  await execa('ld', ['-Ttext', '0x7c00', '--oformat', 'binary', '-o', binary, object]);
  // As the modules hold them, so that a failure shows what to paste there.
  const rows = (bytes: Buffer) => bytes.toString('hex').match(/.{1,80}/g);
  expect(rows(held)).toEqual(rows(await readFile(binary)));
});
