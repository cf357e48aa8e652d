/** Options that several commands have. */
import { InvalidArgumentError } from 'commander';

/** For commander's `.option()`, of every command that builds. */
export const sandboxOption = [
  '--sandbox <kind>',
  'bubblewrap or none: what encloses builds (default: $STUBFORGE_SANDBOX, else bubblewrap)',
] as const;

/** Of every command that boots. */
export const acceleratorOption = [
  '--accel <name>',
  'kvm, tcg (emulation), or auto: kvm where it works (default: $STUBFORGE_ACCEL, else auto)',
] as const;

export const architecturesOption = [
  '--arch <list>',
  "architectures, separated by commas, or 'all' (default: stubdom-amd64)",
] as const;

export function parseJobs(text: string): number {
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1) throw new InvalidArgumentError('a number from 1 on');
  return jobs;
}
