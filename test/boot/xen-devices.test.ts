/**
 * The devices of /dev/xen, tried by programs that use Xen's own libraries. They run in the initial
 * domain of a real Xen, which may make other domains and do anything to them.
 */
import { join } from 'node:path';
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

  beforeAll(async () => {
    const [recipe, file] = hypervisors[architecture];
    const tools = await stubforgeJson<{ outputs: Record<string, { output: string }> }>([
      'build',
      recipe,
    ]);
    hypervisor = join(tools.value.outputs[`${recipe}:native`]!.output, 'usr/lib/xen/boot', file);
    const built = await stubforge(['build', 'xen-libs-selftest', '--arch', architecture]);
    expect(built.exitCode, built.stderr).toBe(0);
  });

  // 50 rounds, and one before them that everything else is compared with.
  test('other domains are mapped, served and given back without a trace', async () => {
    const words = ['boot', 'xen-libs-selftest', '--program', 'privcmd', '--arch', architecture];
    const lab = ['--under', 'xen', '--accel', 'tcg', '--hypervisor', hypervisor, '--timeout', '240'];
    const { exitCode, stderr } = await stubforge([...words, ...lab, '--cmdline', '50']);
    expect(stderr).toMatch(/50 rounds: free pages ([1-9]\d*) and \1$/m);
    expect(stderr).toMatch(/^.*\b\d{4,} checks, 0 failed$/m);
    expect(exitCode, stderr).toBe(0);
  });
});
