import type { Way } from './rule.js';
import type { Verification } from './verify-image.js';

/** A way of booting in words. */
export function wayName(way: Way, bits: 32 | 64 | undefined): string {
  const kind = bits === 32 ? 'PV 32 bit PAE' : 'PV 64 bit';
  switch (way) {
    case 'xen-pv':
      return `Xen ${kind}`;
    case 'initial-domain':
      return `Xen's initial domain (${kind})`;
    case 'xen-pvh':
      return 'Xen PVH';
    case 'qemu-pvh':
      return 'QEMU/KVM PVH direct boot';
    default:
      return way satisfies never;
  }
}

/** A verification for people; `all` also lists the rules that passed or do not apply. */
export function renderVerification(verification: Verification, all: boolean): string {
  const { format, findings } = verification;
  const count = (status: string) => findings.filter((each) => each.status === status).length;
  const kind = format
    ? `ELF${format.bits} ${format.machine}${format.compressed ? ', gzip' : ''}`
    : 'not an image';
  const lines = [
    `${verification.image}: ${verification.passed ? 'passed' : 'FAILED'} (${kind}; profile ${verification.profiles.join(' and ')}; ${count('passed')} rules passed, ${count('failed')} failed, ${count('warned')} warnings)`,
  ];
  const marks = { failed: 'error', warned: 'warning', passed: 'ok', 'not-applicable': '-' };
  const width = Math.max(...findings.map((each) => each.rule.length));
  for (const status of ['failed', 'warned', 'passed', 'not-applicable'] as const) {
    if (!all && (status === 'passed' || status === 'not-applicable')) continue;
    for (const finding of findings.filter((each) => each.status === status)) {
      const text = finding.message ?? finding.summary;
      lines.push(`  ${marks[status].padEnd(7)}  ${finding.rule.padEnd(all ? width : 0)}  ${text}`);
    }
  }
  for (const boot of verification.boots) {
    const name = wayName(boot.way, format?.bits);
    lines.push(boot.able ? `  boots    ${name}` : `  cannot   ${name}: ${boot.because.join(', ')}`);
  }
  if (all) {
    for (const note of verification.notes) lines.push(`  note     ${note.name} = ${note.value}`);
  }
  return lines.join('\n');
}
