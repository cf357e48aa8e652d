import { inject } from 'vitest';

/**
 * Whether the machine lacks one of these Debian packages, for `test.skipIf`: such a test is then
 * reported as skipped, by its name, and never as passed.
 */
export function lacks(...packages: string[]): boolean {
  const missing = inject('missingPackages');
  return missing.includes('stubforge itself') || packages.some((name) => missing.includes(name));
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
