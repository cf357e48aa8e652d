import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { describeContents } from '../../../src/repro/compare-contents.js';
import { compareTrees } from '../../../src/repro/compare-trees.js';
import { temporaryTree } from '../../support/temporary.js';

/** An object and an archive of it, compiled from this text. */
async function compiled(source: string): Promise<{ object: Buffer; archive: Buffer }> {
  const dir = await temporaryTree({ 'same.c': 'int same;\n', 'with-a-long-name.c': source });
  await execa('gcc', ['-c', 'same.c', 'with-a-long-name.c'], { cwd: dir });
  await execa('ar', ['rcsD', 'lib.a', 'same.o', 'with-a-long-name.o'], { cwd: dir });
  const [object, archive] = await Promise.all(
    ['with-a-long-name.o', 'lib.a'].map((name) => readFile(join(dir, name))),
  );
  return { object: object!, archive: archive! };
}

describe('where contents differ', () => {
  test('is told by sections of ELF files, and by members of archives', async () => {
    const one = await compiled('const char text[] = "built at 10:00";\nint number = 1;\n');
    const other = await compiled('const char text[] = "built at 11:00";\nint number = 1;\n');
    expect(describeContents(one.object, one.object)).toEqual([
      'outside of all sections, in the headers or between sections',
    ]);
    expect(describeContents(one.object, other.object)).toEqual([
      'section .rodata: 1 bytes differ, the first at 0xa',
    ]);
    expect(describeContents(one.archive, other.archive)).toEqual([
      'with-a-long-name.o: section .rodata: 1 bytes differ, the first at 0xa',
    ]);
    const longer = await compiled(
      'const char text[] = "built at 9:00";\nint number = 1, more = 2;\n',
    );
    expect(describeContents(one.object, longer.object).join('\n')).toContain(
      'section .data: 4 bytes, then 8',
    );
  });

  test('is told by lines of text and by bytes of anything else', () => {
    expect(describeContents(Buffer.from('a\nb\n'), Buffer.from('a\nc\n'))).toEqual([
      'line 2:',
      '  - b',
      '  + c',
    ]);
    const bytes = (...values: number[]) => Buffer.from(values);
    expect(describeContents(bytes(0, 1, 2, 255), bytes(0, 9, 2, 255))).toEqual([
      '1 bytes differ, the first at 0x1',
    ]);
    expect(describeContents(bytes(0, 255), bytes(0, 255, 3))).toEqual([
      '1 bytes differ, the first at 0x2',
    ]);
  });

  test('is told for every file of two trees', async () => {
    const first = await temporaryTree({ 'usr/a': 'x\n', 'usr/b': 'same', 'usr/c': '' });
    const second = await temporaryTree({ 'usr/a': 'y\n', 'usr/b': 'same', 'usr/d': '' });
    // Three files and their folder.
    expect(await compareTrees(first, first)).toEqual({ entries: 4, differences: [] });
    expect((await compareTrees(first, second)).differences).toEqual([
      { path: 'usr/a', lines: ['line 1:', '  - x', '  + y'] },
      { path: 'usr/c', lines: ['only the first build installed it'] },
      { path: 'usr/d', lines: ['only the second build installed it'] },
    ]);
  });
});
