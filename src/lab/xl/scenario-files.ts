/** Brings a scenario's files to where dom0 finds them. */
import { readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ImageFileError, readImageFile } from '../../artifacts/image/image-file.js';
import { verifyBytes } from '../../artifacts/image/verify/verify-image.js';
import { UserError } from '../../util/diagnostic.js';
import { type ArchiveEntry, cpioArchive } from '../dom0/cpio.js';
import type { Scenario, ScenarioDomain } from '../scenario/scenario-schema.js';
import { type DomainFiles, domainConfig } from './domain-config.js';
import { filesDisk } from './machine-arguments.js';

/** Finds the file of what a scenario names: a file of its own, or what a recipe has built. */
export type FindFile = (
  text: string,
  options: { kind: 'image' | 'disk'; architecture?: string },
) => Promise<string>;

export interface ScenarioFiles {
  /** A cpio archive that dom0 unpacks into its file system. */
  archive: Buffer;
  /** Files that dom0 has as block devices, in their order. */
  disks: string[];
  /** The wider of the guests that Xen has to run as PV guests of 32 bits: none, or some. */
  pv32: boolean;
}

/** Where dom0 has a domain's xl.cfg file. */
export const configPath = (name: string) => `/scenario/${name}/xl.cfg`;

/** Collects the files of all domains. Throws UserError for those that cannot be read. */
export async function scenarioFiles(scenario: Scenario, find: FindFile): Promise<ScenarioFiles> {
  const entries: ArchiveEntry[] = [];
  const disks: string[] = [];
  // Kernels are large, and dom0 has them in memory: domains share what is the same file.
  const added = new Map<string, string>();
  let pv32 = false;
  for (const [name, domain] of Object.entries(scenario.domains)) {
    const add = async (as: string, text: string | undefined) => {
      if (text === undefined) return undefined;
      const { architecture } = domain;
      const file = await find(text, { kind: 'image', architecture });
      const path = added.get(file) ?? `/scenario/${name}/${as}`;
      if (!added.has(file)) {
        entries.push({ path: path.slice(1), content: await readPart(file), kind: 'file' });
      }
      added.set(file, path);
      return { file, path };
    };
    const kernel = await add('kernel', domain.kernel);
    const stubdomain = await add('stubdomain-kernel', domain.stubdomain?.kernel);
    const pv = domain.type === 'pv' ? kernel : stubdomain;
    if (pv && (await bitsOf(pv.file)) === 32) pv32 = true;
    const files: DomainFiles = {
      kernel: kernel?.path,
      ramdisk: (await add('ramdisk', domain.ramdisk))?.path,
      disks: [],
      stubdomainKernel: stubdomain?.path,
      stubdomainRamdisk: await stubdomainRamdisk(name, domain, entries, add),
    };
    for (const { file } of domain.disks ?? []) {
      files.disks.push(blockDevice(disks.length + 1));
      disks.push(await find(file, { kind: 'disk', architecture: domain.architecture }));
    }
    const config = Buffer.from(domainConfig(name, domain, files));
    entries.push({ path: configPath(name).slice(1), content: config, kind: 'file' });
  }
  return { archive: cpioArchive(entries), disks, pv32 };
}

/** Linux's names: vda to vdz, vdaa, … */
function blockDevice(index: number): string {
  const letter = (number: number) => String.fromCharCode(97 + number);
  return `/dev/vd${index < 26 ? '' : letter(Math.floor(index / 26) - 1)}${letter(index % 26)}`;
}

/** xl starts no stub domain without such a file, whether the image has a use for one or not. */
async function stubdomainRamdisk(
  name: string,
  { stubdomain }: ScenarioDomain,
  entries: ArchiveEntry[],
  add: (as: string, text: string | undefined) => Promise<{ path: string } | undefined>,
): Promise<string | undefined> {
  if (!stubdomain) return undefined;
  const given = await add('stubdomain-ramdisk', stubdomain.ramdisk);
  if (given) return given.path;
  const path = `scenario/${name}/stubdomain-ramdisk`;
  entries.push({ path, content: Buffer.alloc(512), kind: 'file' });
  return `/${path}`;
}

async function readPart(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UserError({
      id: 'lab.unreadable-file',
      message: `${file} cannot be read: ${(error as Error).message}`,
    });
  }
}

/** The width of a kernel; undefined for what is no ELF file, such as a bzImage. */
async function bitsOf(file: string): Promise<32 | 64 | undefined> {
  try {
    const { bytes } = await readImageFile(file);
    return (await verifyBytes(file, bytes)).format?.bits;
  } catch (error) {
    if (error instanceof ImageFileError) return undefined;
    throw error;
  }
}

/** Lays out QEMU's folder: links, so that names with commas and spaces stay out of its command line. */
export async function layOutMachine(
  directory: string,
  parts: { hypervisor: Uint8Array; kernel: string; initramfs: string; files?: ScenarioFiles },
): Promise<void> {
  await writeFile(join(directory, 'xen'), parts.hypervisor);
  await symlink(resolve(parts.kernel), join(directory, 'vmlinux'));
  await symlink(resolve(parts.initramfs), join(directory, 'initramfs'));
  if (!parts.files) return;
  await writeFile(join(directory, filesDisk), parts.files.archive);
  await truncate(join(directory, filesDisk), Math.ceil(parts.files.archive.length / 512) * 512);
  for (const [index, disk] of parts.files.disks.entries()) {
    await symlink(resolve(disk), join(directory, `disk${index}`));
  }
}
