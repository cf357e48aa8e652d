/**
 * A stub domain that serves: xl create starts QEMU on nub as the device model of an HVM guest, which
 * boots from its disk and prints on its serial port.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { labPackages, passesScenario, scenarioFile } from '../../support/lab-scenario.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { stubforge } from '../../support/stubforge.js';

const noLab = lacks(...labPackages, 'meson', 'ninja-build', theNetwork);

const architectures = ['stubdom-amd64', 'stubdom-i386'];

const passes = async (text: string) => passesScenario(await scenarioFile(text));

describe.skipIf(noLab).each(architectures)('qemu-xen-stubdom for %s', (architecture) => {
  beforeAll(async () => {
    for (const words of [
      ['xen-hypervisor-pv32'],
      ['qemu-xen-stubdom', 'boot-sector', '--arch', architecture],
    ]) {
      const { exitCode, stderr } = await stubforge(['build', ...words]);
      expect(exitCode, stderr).toBe(0);
    }
  });

  test('serves an HVM guest, obeys xl, and leaves nothing behind', async () => {
    const lines = await passes(`summary: an HVM guest whose PC is emulated in a stub domain
domains:
  guest:
    type: hvm
    architecture: ${architecture}
    disks: [{ file: boot-sector, as: hda }]
    stubdomain: { kernel: qemu-xen-stubdom, memory: 40MiB }
    # The boot sector resets the PC; QEMU stays to be asked then.
    config: on_reboot = "preserve"
steps:
  - { create: guest, within: 120 }
  - { expect: '^boot sector: the PC has started from its disk$', on: guest, within: 120 }
  - { run: xenstore-read /local/domain/$(xl domid guest-dm)/device-model/$(xl domid guest)/state, expect: ^running$ }
  # Each of them is a conversation of its own over the vchan.
  - { run: xl qemu-monitor-command guest 'info status', expect: '^VM status: running$' }
  - { run: xl qemu-monitor-command guest 'info block', expect: '/dev/xvda \\(host_device\\)' }
  - { run: xl qemu-monitor-command guest 'info qtree' | wc -c, expect: '^[1-9]\\d{3,}$' }
  - { run: for i in 1 2 3 4 5 6 7 8; do xl qemu-monitor-command guest 'info status' || exit; done, within: 120 }
  - run: ps | grep -c "[q]emu.*-xen-domid $(xl domid guest) "
    status: 1
    expect: ^0$
  - run: |
      guest=$(xl domid guest) stubdomain=$(xl domid guest-dm)
      xl destroy guest
      sleep 2
      xl list | wc -l
      xenstore-list /local/domain | grep -x -e $guest -e $stubdomain
    status: 1
    expect: ^2$
`);
    expect(lines.join('\n')).toMatch(/^guest-dm \| nub: .* Xen PV \d+ MiB$/m);
  });

  test('ends with a message when its role makes no sense', () =>
    passes(`summary: roles that nobody can play
domains:
  role: { type: pv, architecture: ${architecture}, kernel: qemu-xen-stubdom }
steps:
  - run: |
      cat > /tmp/role <<'END'
      # role COMMAND…: what the stub domain says when these have been done to its xenstore.
      xl create -p /scenario/role/xl.cfg > /dev/null
      id=$(xl domid role)
      log=/var/log/xen/console/guest-role.log
      readable() { xenstore-write "$1" "$2"; xenstore chmod "$1" n0 r$id; }
      eval "$1"
      xl unpause role
      for try in $(seq 100); do xl domid role > /dev/null 2>&1 || break; usleep 200000; done
      cat $log
      rm $log
      xenstore-rm /local/domain/999
      xenstore-rm /vm/role
      END
  - { run: sh /tmp/role true, expect: ^QEMU emulator version }
  - { run: sh /tmp/role 'xenstore-write /local/domain/$id/target 1x', expect: '^stub domain: .*target is no domain' }
  - { run: sh /tmp/role 'xenstore-write -- /local/domain/$id/target -1', expect: '^stub domain: .*target is no domain' }
  - { run: sh /tmp/role 'xenstore-write /local/domain/$id/target 32752', expect: '^stub domain: .*target is no domain' }
  - { run: sh /tmp/role 'xenstore-write /local/domain/$id/target 999', expect: '^stub domain: .*999/vm cannot be read' }
  - run: |
      sh /tmp/role 'xenstore-write /local/domain/$id/target 999
        readable /local/domain/999/vm /vm/role
        readable /vm/role x'
    expect: '^stub domain: xenstore has no arguments'
  - run: |
      sh /tmp/role 'xenstore-write /local/domain/$id/target 999
        readable /local/domain/999/vm /vm/role
        readable /vm/role x
        readable /vm/role/image/dm-argv/001 "one\\\\x00two"'
    expect: '^stub domain: .*dm-argv/001 cannot be read'
  - run: |
      sh /tmp/role 'xenstore-write /local/domain/$id/target 999
        readable /local/domain/999/vm /vm/role
        readable /vm/role x
        readable /vm/role/image/dm-argv x
        xenstore-write $(for i in $(seq 1000); do printf "/vm/role/image/dm-argv/%03d x " $i; done)'
    expect: '^stub domain: there are more than 1000 arguments'
    within: 120
  - run: |
      sh /tmp/role 'xenstore-write /local/domain/$id/target 999
        readable /local/domain/999/vm /vm/role
        readable /vm/role x
        xenstore-write /local/domain/$id/device-model/999 ""
        xenstore chmod /local/domain/$id/device-model/999 n$id
        readable /vm/role/image/dmargs " -version -nodefaults"'
    expect: ^QEMU emulator version
`));
});
