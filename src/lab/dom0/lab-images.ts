/** Images for guests and stub domains that come of dom0's packages, named `lab:…` in scenarios. */
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { heartbeat } from '../guest-disk/heartbeat.js';
import { linuxDisk } from '../guest-disk/linux-disk.js';
import { dataDisk, scratchSize } from '../guest-disk/test-disks.js';
import { rootFiles } from './assemble.js';
import { cpioArchive } from './cpio.js';
import { labShare, otherRoots, readRootDescription } from './description.js';

/** The files in dom0's folder; `vmlinux` is dom0's own kernel. */
const files = {
  'lab:linux': 'vmlinux',
  'lab:linux-guest': 'guest.cpio.gz',
  'lab:linux-stubdomain': 'stubdomain.cpio',
  'lab:linux-disk': 'guest.img',
  'lab:data-disk': 'data.img',
  'lab:scratch-disk': 'scratch.img',
  'lab:heartbeat-disk': 'heartbeat.img',
} as const;

export const labImages = Object.keys(files);

/** What a stub domain is given that names the kernel `lab:linux`, where it says nothing else. */
export const linuxStubdomain = {
  kernel: 'lab:linux',
  ramdisk: 'lab:linux-stubdomain',
  memory: '192MiB',
  cmdline: 'console=hvc0 rdinit=/init rootfstype=ramfs loglevel=4 panic=1',
} as const;

/** The file that such a name stands for; undefined for any other text. */
export function labImage(directory: string, text: string): string | undefined {
  const name = files[text as keyof typeof files];
  return name && join(directory, name);
}

/**
 * Guests see a PC: Linux would put Xen's devices in the place of the emulated ones. The console is the
 * serial port. An emulated timer may be late, which is no fault of its wiring.
 */
const guestCommandLine =
  'console=ttyS0 earlyprintk=ttyS0 rdinit=/init xen_emul_unplug=never no_timer_check loglevel=4 panic=1';

/** Writes the files into a folder; `image` is the kernel's bzImage. */
export async function writeLabImages(
  folder: string,
  { image, root, modules }: { image: Buffer; root: string; modules: string },
): Promise<void> {
  const archives = otherRoots.map((name) => {
    const own = join(labShare, name);
    return cpioArchive(rootFiles(readRootDescription(name), { root, kernel: modules, own }));
  });
  const guest = gzipSync(archives[0]!);
  await writeFile(join(folder, files['lab:linux-guest']), guest);
  await writeFile(join(folder, files['lab:linux-stubdomain']), archives[1]!);
  await writeFile(join(folder, files['lab:linux-disk']), linuxDisk(image, guest, guestCommandLine));
  await writeFile(join(folder, files['lab:data-disk']), dataDisk());
  await writeFile(join(folder, files['lab:heartbeat-disk']), heartbeat);
  // A disk of one sector has no geometry that a BIOS could make up.
  await truncate(join(folder, files['lab:heartbeat-disk']), 1024 * 1024);
  await writeFile(join(folder, files['lab:scratch-disk']), '');
  await truncate(join(folder, files['lab:scratch-disk']), scratchSize);
}
