import { execa } from 'execa';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Debian packages that the machine lacks and that could not be installed. */
    missingPackages: string[];
  }
}

/** What only tests use: images of others, keys for an archive of their own, the native zlib. */
const testPackages = ['grub-xen-bin', 'grub-common', 'gpg', 'zlib1g-dev', 'autotools-dev'];

let missing: Promise<string[]> | undefined;

/** Compiles stubforge, installs the host tools where it may, and tells the tests what is missing. */
async function prepare(): Promise<string[]> {
  // The first call of the launcher also compiles the TypeScript that end-to-end tests run.
  const words = ['setup', ...testPackages];
  const setup = await execa('./stubforge', words, { reject: false, stdio: 'inherit' });
  if (setup.exitCode === 0) return [];
  const { stdout } = await execa('./stubforge', [...words, '--check', '--json'], {
    reject: false,
  });
  const result = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { type: string; value?: { missing: string[] } })
    .find((event) => event.type === 'result');
  return result?.value?.missing ?? ['stubforge itself'];
}

export default async function setup(project: TestProject) {
  missing ??= prepare();
  project.provide('missingPackages', await missing);
}
