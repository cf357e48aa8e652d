/** Further consoles of a guest: xl's channels, which are /dev/hvc1 and so on there. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { InstalledToolchain } from '../../support/installed-toolchain.js';
import { passesScenario, scenarioFile } from '../../support/lab-scenario.js';
import { lacks, theNetwork } from '../../support/lacks.js';

const noLab = lacks(
  ...['gcc', 'binutils', 'lib32gcc-12-dev', 'qemu-system-x86', 'xz-utils', theNetwork],
);

describe.skipIf(noLab)('a second console', () => {
  let toolchain: InstalledToolchain;

  beforeAll(async () => {
    toolchain = await InstalledToolchain.install();
  });

  afterAll(() => toolchain?.remove());

  test.each(['pv', 'pvh'])('of a %s guest carries bytes both ways', async (type) => {
    const source = join(import.meta.dirname, '../../support/programs/terminal.c');
    const file =
      await scenarioFile(`summary: a guest with a channel, the second; libxl 4.17 gives the first one the console's number, and none
domains:
  guest:
    type: ${type}
    kernel: ${await toolchain.program(source)}
    config: channel = [ "connection=pty, name=none", "connection=pty, name=other" ]
steps:
  - { create: guest, within: 120 }
  - { expect: ^listening, on: guest }
  - run: |
      tty=$(xenstore-read /local/domain/$(xl domid guest)/device/console/1/tty)
      stty raw -echo < $tty
      cat $tty > /tmp/heard &
      echo hello > $tty
      # New lines are two characters: 64 KiB in lines of eight, and the last word.
      for try in $(seq 300); do
        [ $(wc -c < /tmp/heard) = 73733 ] && break
        usleep 100000
      done
      echo thanks > $tty
      kill $!
      wc -c < /tmp/heard
      tail -n 1 /tmp/heard | od -c
    within: 120
    expect: 'b +y +e +\\\\r +\\\\n'
  - { run: wc -c < /tmp/heard, expect: ^73733$ }
  - { verdict: guest, expect: ^0 failed }
`);
    await passesScenario(file);
  });
});
