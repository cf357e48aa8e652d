/**
 * Disks of guests of a real dom0, served by its kernel and by QEMU: read, written, given up, pulled
 * out and put in again. The guest checks what it reads, which is a pattern at first.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, test } from 'vitest';
import {
  buildLibraryTests,
  guestKinds,
  labPackages,
  passesScenario,
} from '../../support/lab-scenario.js';
import { lacks, theNetwork } from '../../support/lacks.js';
import { temporaryTree } from '../../support/temporary.js';

const noLab = lacks(...labPackages, theNetwork);

const diskSize = 64 << 20;

/** As the program `block` knows it, word by word. */
function pattern(): Uint32Array {
  const words = new Uint32Array(diskSize / 4);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 2654435761) + 12345;
  return words;
}

/** What xl runs for disks that dom0's kernel serves; the distro's needs more than dom0 has here. */
const script = `
      mkdir -p /etc/xen/scripts
      cat > /etc/xen/scripts/block <<'END'
      #!/bin/sh
      export PATH=/bin:/usr/bin
      [ "$1" = add ] || exit 0
      set -- $(stat -L -c '%t %T' "$(xenstore-read "$XENBUS_PATH/params")")
      xenstore-write "$XENBUS_PATH/physical-device" "$1:$2" "$XENBUS_PATH/hotplug-status" connected
      END
      chmod +x /etc/xen/scripts/block`;

const scenario = (type: string, program: string) => `summary: disks
domains:
  guest:
    type: ${type}
    kernel: ${program}
    cmdline: hot:xvdc xvda ro:xvdb ro:xvdd xvde
    disks:
      - { file: disk, as: xvda }
      - { file: disk, as: xvdb }
      - { file: disk, as: xvdc }
      - { file: disk, as: xvde }
    config: |
      disk = [
        'format=raw, vdev=xvda, access=rw, backendtype=phy, target=/dev/vdb',
        'format=raw, vdev=xvdb, access=ro, backendtype=phy, target=/dev/vdc',
        'format=raw, vdev=hdd, access=ro, devtype=cdrom, backendtype=qdisk, target=/dev/vdc',
        'format=raw, vdev=sda, access=rw, backendtype=qdisk, target=/dev/vde',
      ]
steps:
  - run: |${script}
  - create: guest
  - { expect: ^waiting for xvdc, on: guest }
  - run: xl block-attach guest format=raw,vdev=xvdc,access=rw,backendtype=qdisk,target=/dev/vdd
  - { expect: ^xvdc is there$, on: guest }
  - run: xl block-detach guest xvdc
  - { expect: ^xvdc is gone$, on: guest }
  - run: xl block-attach guest format=raw,vdev=xvdc,access=rw,backendtype=phy,target=/dev/vdd
  - { expect: ^xvdc is there again$, on: guest }
  - { verdict: guest, expect: '^\\d{3,} checks, 0 failed$', within: 500 }
`;

describe.skipIf(noLab).each(guestKinds)('a %s guest of %s', (type, architecture) => {
  let program: string;

  beforeAll(async () => {
    program = join(await buildLibraryTests(architecture), 'block');
  });

  test('uses disks of both backends, which come and go', async () => {
    const folder = await temporaryTree();
    await writeFile(join(folder, 'disk'), pattern());
    await writeFile(join(folder, 'scenario.yaml'), scenario(type, program));
    await passesScenario(join(folder, 'scenario.yaml'));
  });
});
