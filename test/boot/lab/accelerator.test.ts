import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProbe, whyNoKvm } from '../../../src/lab/kvm-probe.js';
import { findQemu } from '../../../src/lab/qemu.js';
import { linkGuest } from '../../support/guest/guest.js';
import { lacks } from '../../support/lacks.js';
import { stubforgeJson } from '../../support/stubforge.js';
import { temporaryTree } from '../../support/temporary.js';

const { signal } = new AbortController();
/** KVM for paravirtualized guests only: it emulates all others, and most of them not for long. */
const halfWorking = existsSync('/sys/module/kvm_pvm');

describe.skipIf(lacks('qemu-system-x86'))('the probe of KVM', () => {
  test('passes where everything that it does works: under emulation', async () => {
    expect(await runProbe(await findQemu(), 'tcg', signal, 60)).toBeUndefined();
  });

  test('says of this machine what is true', async () => {
    const reason = await whyNoKvm(await findQemu(), signal);
    if (halfWorking || !existsSync('/dev/kvm')) return expect(reason).toBeTypeOf('string');
    if (reason !== undefined) return;
    const image = join(await temporaryTree(), 'guest');
    await writeFile(image, await linkGuest({ bits: 64 }));
    const words = ['boot', image, '--under', 'pvh', '--accel', 'kvm'];
    expect((await stubforgeJson(words)).value).toMatchObject({ outcome: 'passed' });
  });

  test.skipIf(!halfWorking || !existsSync('/dev/kvm'))(
    'is given up by half-working KVM at once, also with a processor on which QEMU starts',
    async () => {
      const real = await findQemu();
      const qemu = join(await temporaryTree(), 'qemu');
      // QEMU cannot set one of the registers that -cpu host has there.
      await writeFile(qemu, `#!/bin/bash\nexec ${real} "\${@/#host/host,-arch-capabilities}"\n`);
      await chmod(qemu, 0o755);
      expect(await whyNoKvm(qemu, signal)).toMatch(/^KVM gave up: KVM internal error/);
    },
  );
});
