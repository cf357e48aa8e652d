/**
 * /dev/net/tun with a network interface behind it whose other end is a real dom0's: a guest that speaks
 * ARP, ICMP, UDP and TCP by hand. What it checks itself it counts; dom0 pings it, and gets back what it
 * sends over TCP and UDP.
 */
import { join } from 'node:path';
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
  let program: string;

  beforeAll(async () => {
    program = join(await buildLibraryTests(architecture), 'network');
  });

  const passes = async (text: string) => passesScenario(await scenarioFile(text));

  test('exchanges frames with dom0', () =>
    passes(`summary: a network interface
domains:
  guest: { type: ${type}, kernel: ${program}, network: true }
steps:
  - create: guest
  - { expect: '^3000 pings of 3000 answered', on: guest, within: 120 }
  - { expect: ^waiting for dom0, on: guest }
  - run: ping -q -c 1000 -i 0.002 -s 1472 10.0.0.2
    within: 120
    expect: ' [0-5]% packet loss'
  - run: |
      set -e
      for size in 5 100 1000 1447 4000; do
        head -c $size /dev/zero | tr '\\0' x > /tmp/sent
        timeout 20 nc 10.0.0.2 7 < /tmp/sent > /tmp/came
        cmp /tmp/sent /tmp/came
      done
      echo all came back
    within: 100
    expect: ^all came back$
  - run: |
      syslogd -t -R 10.0.0.2:7
      for i in $(seq 20); do
        logger "datagram $i, $(head -c $((i * 40)) /dev/zero | tr '\\0' y)"
      done
      sleep 1
      killall syslogd
      syslogd -R 10.0.0.2:9
      logger bye
  - { expect: '^served \\d{3,4} pings, \\d\\d datagrams, ', on: guest }
  - { verdict: guest, expect: '^[1-9]\\d{3,} checks, 0 failed$' }
`));

  test('goes on when its interface is attached, detached and attached again', () =>
    passes(`summary: a network interface that comes and goes
domains:
  guest: { type: ${type}, kernel: ${program}, cmdline: attached }
steps:
  - create: guest
  - { expect: ^waiting for an interface, on: guest }
  - run: xl network-attach guest mac=00:16:3e:00:00:07
  - { expect: ^it is attached, on: guest }
  - run: |
      xl network-detach guest 0
      ! xenstore-exists /local/domain/$(xl domid guest)/device/vif/0
  - { expect: ^it is detached, on: guest }
  - run: xl network-attach guest mac=00:16:3e:00:00:07
  - { expect: ^it is attached again, on: guest, within: 90 }
  - { verdict: guest, expect: '^\\d+ checks, 0 failed$' }
`));
});
