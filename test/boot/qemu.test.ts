/** QEMU in a stub domain: its version, a long conversation over its monitor, and a PC inside it. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BootOptions, bootImage } from '../../src/lab/boot-image.js';
import { lacks, qemuPackages } from '../support/lacks.js';
import { QmpConversation } from '../support/qmp.js';
import { stubforgeJson } from '../support/stubforge.js';

const noLab = lacks(...qemuPackages);
const images = ['qemu-xen-stubdom', 'qemu-tcg-stubdom'] as const;
const architectures = ['stubdom-amd64', 'stubdom-i386'] as const;
const labs = ['xen', 'pvh'] as const;
const MiB = 1024 * 1024;

interface BuildValue {
  outputs: Record<string, { output: string; gz?: string }>;
}

describe.skipIf(noLab)('QEMU', () => {
  let outputs: BuildValue['outputs'];

  beforeAll(async () => {
    const built = await stubforgeJson<BuildValue>([
      'build',
      ...images,
      'xen-hypervisor',
      'xen-hypervisor-pv32',
      '--arch',
      'all',
    ]);
    expect(built.exitCode, built.stderr).toBe(0);
    outputs = built.value.outputs;
  }, 2_400_000);

  const options = (
    image: (typeof images)[number],
    architecture: string,
    under: (typeof labs)[number],
  ): BootOptions => {
    const tool = architecture === 'stubdom-i386' ? 'xen-hypervisor-pv32' : 'xen-hypervisor';
    const file = architecture === 'stubdom-i386' ? 'xen-pv32.gz' : 'xen.gz';
    return {
      image: outputs[`${image}:${architecture}`]!.gz!,
      under,
      memory: 64 * MiB,
      hypervisor:
        under === 'xen'
          ? join(outputs[`${tool}:native`]!.output, 'usr/lib/xen/boot', file)
          : undefined,
      accelerator: 'tcg',
      timeout: 180,
    };
  };
  const boot = async (each: BootOptions) => {
    const lines: string[] = [];
    const result = await bootImage(each, {
      emit: (event) => {
        if (event.type === 'console') lines.push(event.line);
      },
      signal: new AbortController().signal,
    });
    return { result, lines, seen: result.tail.join('\n') };
  };

  describe.each(architectures)('%s', (architecture) => {
    test.each(labs)('tells its version and ends with 0, under %s', async (under) => {
      const { result, lines, seen } = await boot({
        ...options('qemu-xen-stubdom', architecture, under),
        cmdline: '--version',
      });
      expect(
        lines.some((line) => /^QEMU emulator version \d/.test(line)),
        seen,
      ).toBe(true);
      expect(result, seen).toMatchObject({ outcome: 'passed', status: 0 });
    });

    test.each(labs)('answers 200 commands in a row, under %s', async (under) => {
      const qmp = new QmpConversation({
        ...options('qemu-tcg-stubdom', architecture, under),
        cmdline: '-M none -nodefaults -display none -accel tcg,tb-size=16 -qmp stdio',
      });
      expect((await qmp.greeting()).QMP?.version.qemu.major).toBeGreaterThanOrEqual(7);
      await qmp.execute('qmp_capabilities');
      for (let count = 0; count < 50; count++) {
        expect(await qmp.execute('query-version')).toMatchObject({ qemu: { major: 7 } });
        expect(await qmp.execute('query-status')).toMatchObject({ running: true });
        const root = (await qmp.execute('qom-list', { path: '/' })) as { name: string }[];
        expect(root.map((each) => each.name)).toContain('machine');
        expect(await qmp.execute('qom-get', { path: '/machine', property: 'type' })).toBe(
          'none-machine',
        );
      }
      await qmp.execute('quit');
      const result = await qmp.ended;
      expect(result, result.tail.join('\n')).toMatchObject({ outcome: 'passed', status: 0 });
    });

    test.each(labs)('runs a PC from BIOS to boot sector, under %s', async (under) => {
      const each = { ...options('qemu-tcg-stubdom', architecture, under), memory: 160 * MiB };
      const { result, seen } = await boot({
        ...each,
        expect: /boot sector: the PC has started from its disk/,
      });
      expect(result, seen).toMatchObject({ outcome: 'passed', status: 0 });
    });
  });
});
