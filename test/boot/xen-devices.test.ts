/**
 * The devices of /dev/xen, tried by programs that use Xen's own libraries. They run in the initial
 * domain of a real Xen, which may make other domains and do anything to them.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { lacks } from '../support/lacks.js';
import { stubforge, stubforgeJson } from '../support/stubforge.js';

const noLab = lacks('gcc', 'binutils', 'lib32gcc-12-dev', 'qemu-system-x86', 'bison', 'flex');
const hypervisors = {
  'stubdom-amd64': ['xen-hypervisor', 'xen.gz'],
  'stubdom-i386': ['xen-hypervisor-pv32', 'xen-pv32.gz'],
} as const;

describe.skipIf(noLab).each(['stubdom-amd64', 'stubdom-i386'] as const)('%s', (architecture) => {
  let hypervisor: string;
  let folder: string;

  beforeAll(async () => {
    const [recipe, file] = hypervisors[architecture];
    const tools = await stubforgeJson<{ outputs: Record<string, { output: string }> }>([
      'build',
      recipe,
    ]);
    hypervisor = join(tools.value.outputs[`${recipe}:native`]!.output, 'usr/lib/xen/boot', file);
    const built = await stubforgeJson<typeof tools.value>([
      ...['build', 'xen-libs-selftest', '--arch', architecture],
    ]);
    const { output } = built.value.outputs[`xen-libs-selftest:${architecture}`]!;
    folder = join(output, 'usr/libexec/xen-libs-selftest');
  });

  const settled = {
    privcmd: /50 rounds: free pages ([1-9]\d*) and \1$/m,
    grants: /600 rounds: free memory [1-9]\d* and [1-9]\d*$/m,
  };
  const verdict = (console: string, program: keyof typeof settled) => {
    expect(console).toMatch(settled[program]);
    expect(console).toMatch(/^.*\b\d{4,} checks, 0 failed$/m);
    expect(console).toMatch(/^.*nub: exit status 0$/m);
  };

  const inInitialDomain = async (program: keyof typeof settled, rounds: string) => {
    const words = ['boot', 'xen-libs-selftest', '--program', program, '--arch', architecture];
    const lab = [
      '--under',
      'xen',
      '--accel',
      'tcg',
      '--hypervisor',
      hypervisor,
      '--timeout',
      '240',
    ];
    const { exitCode, stderr } = await stubforge([...words, ...lab, '--cmdline', rounds]);
    verdict(stderr, program);
    expect(exitCode, stderr).toBe(0);
  };

  // Xen wants an IOMMU for it. On i386 the lab's processor stops at the first CPUID.
  const inPvhDomain = async (program: keyof typeof settled, words: string) => {
    const scratch = await mkdtemp(join(tmpdir(), 'stubforge-pvh-domain-'));
    try {
      const xen = join(scratch, 'xen');
      await writeFile(xen, gunzipSync(await readFile(hypervisor)));
      const machine = ['-M', 'q35', '-accel', 'tcg', '-cpu', 'max,-smap,-xsave', '-m', '1024'];
      const devices = [
        '-nodefaults',
        '-display',
        'none',
        '-serial',
        'stdio',
        '-device',
        'intel-iommu',
      ];
      const options = 'console=com1 com1=115200,8n1 dom0_mem=128M,max:128M dom0=pvh iommu=on';
      const domain = ['-initrd', `${join(folder, program)} ${words}`, '-no-reboot'];
      const all = [...machine, ...devices, '-kernel', xen, '-append', options, ...domain];
      const qemu = execa('qemu-system-x86_64', all, { timeout: 240_000, reject: false });
      // Xen halts with its initial domain, and QEMU does not notice.
      for await (const line of qemu) if (/nub: exit status|panic/.test(String(line))) qemu.kill();
      const { stdout } = await qemu;
      expect(stdout).toContain('Xen PVH');
      verdict(stdout, program);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };

  test('other domains are mapped, served and given back without a trace', async () => {
    await inInitialDomain('privcmd', '50');
  });

  test('ports fire, and pages are lent, mapped and copied', async () => {
    await inInitialDomain('grants', '600');
  });

  test.runIf(architecture === 'stubdom-amd64')('the same in a PVH initial domain', async () => {
    await inPvhDomain('privcmd', '50');
    await inPvhDomain('grants', '600 pvh');
  });
});
