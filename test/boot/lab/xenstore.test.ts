/**
 * /dev/xen/xenbus, tried by guests of a real dom0: with Xen's own library, and by messages as they
 * are. What the guests check themselves they count; dom0 sees what they write, and writes to them.
 */
import { beforeAll, describe, test } from 'vitest';
import {
  buildLibraryTests,
  guestKinds,
  labPackages,
  passesScenario,
  scenarioFile,
} from '../../support/lab-scenario.js';
import { lacks, theNetwork } from '../../support/lacks.js';

const noLab = lacks(...labPackages, theNetwork);

describe.skipIf(noLab).each(guestKinds)('a %s guest of %s', (type, architecture) => {
  let programs: string;

  beforeAll(async () => {
    programs = await buildLibraryTests(architecture);
  });

  const passes = async (text: string) => passesScenario(await scenarioFile(text));

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
