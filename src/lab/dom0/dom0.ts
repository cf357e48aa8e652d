/** The lab's dom0: built once from the distro's packages, and kept under the hash of all it is made of. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Emit } from '../../events/event.js';
import { withDiskDiagnostics } from '../../project/disk-diagnostics.js';
import type { Project } from '../../project/project.js';
import { verifiedDownload } from '../../source/download.js';
import { fetchSources } from '../../source/fetch-sources.js';
import { type Lock, type LockedSource, readLock, requireLocked } from '../../source/lock-file.js';
import { lockSources } from '../../source/lock-sources.js';
import type { SourceSpec } from '../../source/source-spec.js';
import { UserError } from '../../util/diagnostic.js';
import { lockFile } from '../../util/file-lock.js';
import { temporaryIn } from '../../util/files.js';
import { canonicalJson, sha256, sha256File } from '../../util/hash.js';
import { rootFiles } from './assemble.js';
import { cpioArchive } from './cpio.js';
import {
  type Dom0Sources,
  dom0Sources,
  labShare,
  otherRoots,
  readDom0Description,
  readRootDescription,
} from './description.js';
import { writeLabImages } from './lab-images.js';
import { unpackKernel } from './linux-kernel.js';

/** Files that QEMU and Xen boot. */
export interface Dom0 {
  /** A hash of what kernel and initramfs are made of. */
  key: string;
  /** Where they are, with those that are named `lab:…`. */
  directory: string;
  /** An ELF file. */
  kernel: string;
  /** A cpio archive, not compressed. */
  initramfs: string;
  /** The distro's Xen, of the same version as its tools; compressed. */
  hypervisor: string;
}

export interface Dom0Options {
  offline: boolean;
  emit: Emit;
  signal: AbortSignal;
}

/** Raised when the same packages give another dom0. */
const format = 5;

/**
 * Dom0's files, from the state folder or built anew: locks, fetches and unpacks the packages. Nothing is
 * installed on this machine. Throws UserError.
 */
export async function prepareDom0(project: Project, options: Dom0Options): Promise<Dom0> {
  const description = readDom0Description();
  const sources = dom0Sources(description);
  const specs = [sources.kernel, sources.hypervisor, ...sources.packages];
  const lock = options.offline
    ? await readLock(project)
    : await lockSources(project, specs, options);
  const own = join(labShare, 'dom0');
  const machine = {
    description,
    packages: specs.map((spec) => requireLocked(spec, lock).files.map((file) => file.sha256)),
    own: await hashes(own),
  };
  const others = await Promise.all(
    otherRoots.map(async (name) => [readRootDescription(name), await hashes(join(labShare, name))]),
  );
  const key = sha256(canonicalJson({ format, ...machine, others })).slice(0, 32);
  const directory = join(project.state.dom0s, key);
  await using _lock = await lockFile(`${directory}.lock`, { signal: options.signal });
  if (!existsSync(directory)) {
    await step('put dom0 together', options, async () => {
      await fetchSources(project, specs, lock, options);
      await withDiskDiagnostics(
        () => build({ project, lock, sources, own, directory }, options.signal),
        { folder: project.state.dom0s, state: project.state.root },
      );
    });
  }
  // Housekeeping removes what nobody has used lately.
  await utimes(directory, new Date(), new Date());
  return {
    key: sha256(canonicalJson(machine)),
    directory,
    kernel: join(directory, 'vmlinux'),
    initramfs: join(directory, 'initramfs.cpio'),
    hypervisor: join(directory, 'xen.gz'),
  };
}

interface Parts {
  project: Project;
  lock: Lock;
  sources: Dom0Sources;
  /** The folder with our own files. */
  own: string;
  directory: string;
}

async function build(parts: Parts, signal: AbortSignal): Promise<void> {
  const { project, lock, sources, own, directory } = parts;
  const temporary = temporaryIn(project.state.dom0s);
  await mkdir(temporary, { recursive: true });
  try {
    const unpacked = async (spec: SourceSpec, name: string) => {
      const folder = join(temporary, 'packages', name);
      await mkdir(folder, { recursive: true });
      await unpackPackage(project, requireLocked(spec, lock), folder, signal);
      return folder;
    };
    const kernel = await unpacked(sources.kernel, 'kernel');
    const hypervisor = await unpacked(sources.hypervisor, 'hypervisor');
    const root = join(temporary, 'root');
    await mkdir(root);
    for (const [index, spec] of sources.packages.entries()) {
      await merge(await unpacked(spec, String(index)), root);
    }
    const result = join(temporary, 'result');
    await mkdir(result);
    const image = await readFile(await only(join(kernel, 'boot'), /^vmlinuz-/));
    await writeFile(join(result, 'vmlinux'), await unpackKernel(image, signal));
    const modules = join(kernel, 'lib/modules');
    const entries = rootFiles(readDom0Description(), { root, kernel: modules, own });
    await writeFile(join(result, 'initramfs.cpio'), cpioArchive(entries));
    await writeLabImages(result, { image, root, modules });
    const xen = await only(join(hypervisor, 'boot'), /^xen-.*\.gz$/);
    await rename(xen, join(result, 'xen.gz'));
    await rename(result, directory);
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * The distro's packages have links that lead out of the tree where dom0 has them, so they are not unpacked
 * as sources are. The hash in the lock vouches for them, and dpkg-deb writes nothing through links.
 */
async function unpackPackage(
  { state }: Project,
  { files }: LockedSource,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const file = await verifiedDownload(state, files[0]!);
  const { exitCode, stderr } = await execa('dpkg-deb', ['-x', file, folder], {
    reject: false,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (exitCode === 0) return;
  throw new UserError({
    id: 'lab.unpack-failed',
    message: `dpkg-deb could not unpack ${files[0]!.name}`,
    details: `${stderr}`.split('\n').slice(-4),
  });
}

/** Moves a package's files among those of the others; what two of them have, such as folders, stays. */
async function merge(from: string, into: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(into, entry.name);
    if (!existsSync(target)) await rename(source, target);
    else if (entry.isDirectory()) await merge(source, target);
  }
}

async function only(folder: string, pattern: RegExp): Promise<string> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const found = names.filter((name) => pattern.test(name));
  if (found.length === 1) return join(folder, found[0]!);
  throw new UserError({
    id: 'lab.incomplete-dom0',
    message: `the package has ${found.length} files called ${pattern} in /boot, and one is needed`,
  });
}

/** What is in a folder: paths, and the hashes of their contents. */
async function hashes(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found[path.slice(folder.length)] = await sha256File(path);
  }
  return found;
}

/** Does one step of the work, and tells when it begins and ends. */
export async function step<Value>(
  name: string,
  { emit }: { emit: Emit },
  work: () => Promise<Value>,
): Promise<Value> {
  const begin = Date.now();
  emit({ type: 'step-start', step: name });
  try {
    const value = await work();
    emit({ type: 'step-done', step: name, seconds: (Date.now() - begin) / 1000 });
    return value;
  } catch (error) {
    if (error instanceof UserError) {
      emit({ type: 'step-failed', step: name, diagnostics: error.diagnostics });
    }
    throw error;
  }
}
