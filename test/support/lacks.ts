import { inject } from 'vitest';
import { anything } from './missing.js';

export { theNetwork } from './missing.js';

/**
 * Whether the machine lacks one of these Debian packages, or `theNetwork`, for `test.skipIf`: such a
 * test is then reported as skipped, by its name, and never as passed.
 */
export function lacks(...names: string[]): boolean {
  const missing = inject('missing');
  return missing.includes(anything) || names.some((name) => missing.includes(name));
}

/** The Debian packages without which QEMU cannot be built for both architectures and booted. */
export const qemuPackages = [
  'gcc',
  'binutils',
  'lib32gcc-12-dev',
  'qemu-system-x86',
  'meson',
  'ninja-build',
] as const;
