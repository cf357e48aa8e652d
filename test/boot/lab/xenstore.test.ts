/**
 * /dev/xen/xenbus, tried by guests of a real dom0: with Xen's own library, and by messages as they
 * are. What the guests check themselves they count; dom0 sees what they write, and writes to them.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ScenarioResult } from '../../../src/lab/xl/run-scenario.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { stubforge, stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const noLab = lacks(
  ...['gcc', 'binutils', 'lib32gcc-12-dev', 'bison', 'flex'],
  ...['qemu-system-x86', 'xz-utils', theNetwork],
);

/** 32-bit PVH guests hang under Xen 4.17 in the emulation. */
const kinds = [
  ['pv', 'stubdom-amd64'],
  ['pvh', 'stubdom-amd64'],
  ['pv', 'stubdom-i386'],
] as const;

describe.skipIf(noLab).each(kinds)('a %s guest of %s', (type, architecture) => {
  let programs: string;

  beforeAll(async () => {
    const { exitCode, stderr } = await stubforge(['build', 'xen-hypervisor-pv32']);
    expect(exitCode, stderr).toBe(0);
    const built = await stubforgeJson<{ outputs: Record<string, { output: string }> }>([
      ...['build', 'xen-libs-selftest', '--arch', architecture],
    ]);
    const { output } = built.value.outputs[`xen-libs-selftest:${architecture}`]!;
    programs = join(output, 'usr/libexec/xen-libs-selftest');
  });

  async function passes(text: string) {
    const file = join(await temporaryTree(), 'scenario.yaml');
    await writeFile(file, text);
    const { value, events, stdout, stderr } = await stubforgeJson<ScenarioResult>([
      ...['lab', 'xl', '--config', file],
    ]);
    const lines = events.flatMap((event) => (event.type === 'console' ? [event.line] : []));
    expect(value, stdout + stderr).toBeDefined();
    expect(value, lines.join('\n')).toMatchObject({ outcome: 'passed' });
  }

  test('talks to xenstore and to dom0 with the library', () =>
    passes(`summary: xenstore, by Xen's library
domains:
  guest: { type: ${type}, kernel: ${programs}/xenstore }
steps:
  - create: guest
  - { expect: '^domain [1-9]\\d*, guest, at /local/domain/', on: guest }
  - { expect: ^waiting for dom0, on: guest, within: 600 }
  - run: |
      domain=/local/domain/$(xl domid guest)
      pairs=$(seq 100 399 | sed "s,.*,$domain/data/large/a-rather-long-name-& x,")
      xenstore-write $pairs $domain/data/from-dom0 hello
      for try in 1 2 3 4 5 6 7 8 9 10; do
        xenstore-read $domain/data/to-dom0 && break
        sleep 1
      done
      xenstore-write $domain/data/from-dom0 bye
    expect: ^hello yourself$
  - { verdict: guest, expect: '^\\d{2,} checks, 0 failed$', within: 120 }
`));

  test('has a file of its own for each who talks to it', () =>
    passes(`summary: xenstore, message by message
domains:
  guest: { type: ${type}, kernel: ${programs}/xenbus }
steps:
  - create: guest
  - { verdict: guest, expect: '^\\d{2,} checks, 0 failed$', within: 120 }
`));
});
