import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { ImageFileError, readImageFile } from '../artifacts/image/image-file.js';
import { UserError } from '../util/diagnostic.js';

/**
 * Looks for a hypervisor that can run guests of this width; for those that come from elsewhere than
 * the distro's packages.
 */
export type FindHypervisor = (bits: 32 | 64) => Promise<string | undefined>;

export interface Hypervisor {
  path: string;
  /** The ELF file, unpacked. */
  bytes: Buffer;
}

/** The capability that only a hypervisor with CONFIG_PV32 announces, as it stands in its text. */
const pv32Capability = 'xen-%d.%d-x86_32p';

/** The part of a file's name that tells its version, as numbers to compare. */
function versionOf(path: string): number[] {
  return (/[0-9][0-9.]*/.exec(basename(path))?.[0] ?? '0').split('.').map(Number);
}

function newestFirst(a: string, b: string): number {
  const [left, right] = [versionOf(a), versionOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (right[index] ?? 0) - (left[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The hypervisors that the distro's packages installed, newest first. */
export async function installedHypervisors(directory = '/boot'): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => /^xen-[0-9].*\.gz$/.test(name))
    .map((name) => join(directory, name))
    .sort(newestFirst);
}

async function readHypervisor(path: string): Promise<Hypervisor> {
  try {
    return { path, bytes: (await readImageFile(path)).bytes };
  } catch (error) {
    if (error instanceof ImageFileError) {
      throw new UserError({
        id: 'boot.unreadable-hypervisor',
        message: `the hypervisor ${path} cannot be read: ${error.message}`,
      });
    }
    throw error;
  }
}

/**
 * Chooses the hypervisor for a guest: the one that was named, else what `find` gives, else the
 * distro's newest. Throws UserError, with what to install or build, when there is none that fits.
 */
export async function chooseHypervisor(
  bits: 32 | 64,
  options: { path?: string; find?: FindHypervisor; directory?: string },
): Promise<Hypervisor> {
  const fits = (each: Hypervisor) => bits === 64 || each.bytes.includes(pv32Capability);
  if (options.path !== undefined) {
    const named = await readHypervisor(options.path);
    if (fits(named)) return named;
    throw new UserError({
      id: 'boot.no-pv32-hypervisor',
      message: `the hypervisor ${options.path} runs no 32-bit PV guests: it was built without CONFIG_PV32`,
      help: build32,
    });
  }
  const found = await options.find?.(bits);
  const candidates = found ? [found] : await installedHypervisors(options.directory);
  for (const path of candidates) {
    const candidate = await readHypervisor(path);
    if (fits(candidate)) return candidate;
  }
  throw new UserError(
    bits === 32
      ? {
          id: 'boot.no-pv32-hypervisor',
          message:
            'no hypervisor here runs 32-bit PV guests: the distro builds without CONFIG_PV32',
          help: build32,
        }
      : {
          id: 'boot.no-hypervisor',
          message: 'there is no Xen hypervisor in /boot',
          help: `install one: apt-get install --no-install-recommends ${await hypervisorPackage()}, or name one: --hypervisor FILE`,
        },
  );
}

const build32 =
  'build one: stubforge build xen-hypervisor-pv32, or name one that was built with CONFIG_PV32=y: --hypervisor FILE';

/** The package's name has Xen's version in it; apt knows which one this distro has. */
async function hypervisorPackage(): Promise<string> {
  const { stdout } = await execa('apt-cache', ['pkgnames', 'xen-hypervisor-'], {
    reject: false,
    timeout: 10_000,
  });
  const names = `${stdout ?? ''}`.split('\n').filter((name) => /-[0-9.]+-amd64$/.test(name));
  return names.sort(newestFirst)[0] ?? 'xen-system-amd64';
}
