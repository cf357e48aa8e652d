/** Unpacks a fetched source into a tree, with the distro's patches applied. */
import { link, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import type { Emit } from '../events/event.js';
import { withDiskDiagnostics } from '../project/disk-diagnostics.js';
import type { Project } from '../project/project.js';
import type { StateLayout } from '../project/state-layout.js';
import { UserError } from '../util/diagnostic.js';
import { outOfSpaceIn } from '../util/disk-errors.js';
import { temporaryBeside } from '../util/files.js';
import { verifiedDownload } from './download.js';
import { urlFile } from './fetch-sources.js';
import { archiveCommand, commitDate, hasCommit, notFetched } from './git-source.js';
import { copyFolder } from './local-source.js';
import { type Lock, type LockedSource, requireLocked } from './lock-file.js';
import {
  type ArchiveLimits,
  type ArchiveSource,
  archiveFile,
  extractArchive,
  inspectArchive,
  inspectCompressed,
} from './source-archive.js';
import type { SourceSpec } from './source-spec.js';

export interface UnpackOptions {
  signal?: AbortSignal;
  emit?: Emit;
  limits?: ArchiveLimits;
}

export interface Unpacked {
  /** For SOURCE_DATE_EPOCH, in seconds since 1970: of the changelog, the commit or the newest member. */
  date?: number;
}

/**
 * Unpacks a source into `dir`, which must not exist before; after a failure it does not exist either.
 * Every file's SHA-256 is checked again, and every archive inspected before anything is written.
 * Throws UserError; for a source that is not fetched it says how to fetch it.
 */
export async function unpackSource(
  project: Pick<Project, 'state'>,
  spec: SourceSpec,
  lock: Lock,
  dir: string,
  options: UnpackOptions = {},
): Promise<Unpacked> {
  if (await stat(dir).catch(() => undefined)) {
    throw new UserError({
      id: 'source.target-exists',
      message: 'the folder to unpack into already exists',
      span: { file: dir },
    });
  }
  const temporary = temporaryBeside(resolve(dir));
  return withDiskDiagnostics(
    async () => {
      await mkdir(dirname(temporary), { recursive: true });
      try {
        const unpacked = await unpackInto(project, spec, lock, temporary, options);
        await rename(temporary, dir);
        return unpacked;
      } finally {
        // After an error, some files of an archive may still be being written.
        await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
      }
    },
    { folder: dir, state: project.state.root },
  );
}

async function unpackInto(
  { state }: Pick<Project, 'state'>,
  spec: SourceSpec,
  lock: Lock,
  dir: string,
  options: UnpackOptions,
): Promise<Unpacked> {
  switch (spec.type) {
    case 'debian': {
      const entry = requireLocked(spec, lock);
      if (!entry.unpatched) return unpackSourcePackage(state, entry, dir, options);
      const file = entry.files[0]!;
      const path = await verifiedDownload(state, file);
      return unpackArchive(await archiveFile(path, file.name), dir, options);
    }
    case 'debian-binary': {
      const file = requireLocked(spec, lock).files[0]!;
      const path = await verifiedDownload(state, file);
      const command: ArchiveSource['command'] = ['dpkg-deb', '--fsys-tarfile', path];
      const packed = (await stat(path)).size;
      return unpackArchive({ name: file.name, command, packed }, dir, options, true);
    }
    case 'url': {
      const file = urlFile(spec);
      const path = await verifiedDownload(state, file);
      return unpackArchive(await archiveFile(path, file.name), dir, options);
    }
    case 'git': {
      if (!(await hasCommit(state, spec))) throw notFetched(spec);
      const command: ArchiveSource['command'] = ['git', ...archiveCommand(state, spec)];
      await unpackArchive({ name: spec.url, command }, dir, options, true);
      return { date: await commitDate(state, spec) };
    }
    case 'local':
      await mkdir(dir);
      await copyFolder(spec.path, dir);
      return {};
    default:
      return spec satisfies never;
  }
}

/** `keepTop`: the tree of a package or a commit stays as it is, even if it contains only one folder. */
async function unpackArchive(
  source: ArchiveSource,
  dir: string,
  options: UnpackOptions,
  keepTop = false,
): Promise<Unpacked> {
  const summary = await inspectArchive(source, { ...options, keepTop });
  await mkdir(dir);
  await extractArchive(source, dir, { ...options, strip: summary.top !== undefined });
  return { date: summary.newest };
}

/** dpkg-source knows the formats (1.0, 3.0 quilt and native) and applies the distro's patches. */
async function unpackSourcePackage(
  state: StateLayout,
  entry: LockedSource,
  dir: string,
  options: UnpackOptions,
): Promise<Unpacked> {
  const description = entry.files.find((file) => file.name.endsWith('.dsc'));
  if (!description) {
    throw new UserError({
      id: 'lock-file.missing-dsc',
      message: `the lock file lists no .dsc file for ${entry.files[0]!.name}`,
      help: 'run: stubforge source lock --update',
    });
  }
  const files = `${dir}.files`;
  await mkdir(files, { recursive: true });
  try {
    for (const file of entry.files) {
      const path = await verifiedDownload(state, file);
      await inspectPart(path, file.name, options);
      // dpkg-source needs all files beside the .dsc. A link is enough; not all file systems have both kinds.
      await link(path, join(files, file.name)).catch(() => symlink(path, join(files, file.name)));
    }
    const result = await execa(
      'sh',
      [
        // The modes of the tree must not depend on the umask of whoever unpacks it.
        ...['-c', 'umask 022 && exec dpkg-source "$@"', 'sh'],
        // The signature of the .dsc is not what is trusted: the signed index vouched for its hash.
        ...['--no-copy', '--no-check', '-x', join(files, description.name), dir],
      ],
      { reject: false, all: true, cancelSignal: options.signal, env: { LC_ALL: 'C.UTF-8' } },
    );
    options.signal?.throwIfAborted();
    if (result.exitCode !== 0) {
      const full = outOfSpaceIn(result.all ?? '', dir);
      if (full) throw full;
      const absent = result.exitCode === 127;
      throw new UserError({
        id: absent ? 'machine.missing-tools' : 'source.unpack-failed',
        message: `dpkg-source could not unpack ${description.name}`,
        details: (result.all ?? '').split('\n').slice(-6),
        help: absent ? 'run: stubforge setup' : undefined,
      });
    }
    return { date: await changelogDate(dir) };
  } finally {
    await rm(files, { recursive: true, force: true });
  }
}

async function inspectPart(path: string, name: string, options: UnpackOptions): Promise<void> {
  if (/\.tar\.[a-z0-9]+$/.test(name)) {
    // The distro's part is unpacked over the upstream tree, so its links may lead there.
    const keepTop = /\.debian\.tar\.[a-z0-9]+$/.test(name);
    await inspectArchive(await archiveFile(path, name), { ...options, keepTop });
  } else if (/\.diff\.[a-z0-9]+$/.test(name)) {
    await inspectCompressed(await archiveFile(path, name), options);
  }
}

async function changelogDate(dir: string): Promise<number | undefined> {
  const file = join(dir, 'debian', 'changelog');
  const { stdout } = await execa('dpkg-parsechangelog', ['-l', file, '-S', 'Timestamp'], {
    reject: false,
  });
  const seconds = Number(stdout?.trim());
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}
