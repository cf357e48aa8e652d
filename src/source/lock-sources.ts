/** Chooses versions of distro sources and writes them into the lock file. */
import { join } from 'node:path';
import type { LimitFunction } from 'p-limit';
import type { Emit } from '../events/event.js';
import { withDiskDiagnostics } from '../project/disk-diagnostics.js';
import type { Project } from '../project/project.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { lockFile } from '../util/file-lock.js';
import { canonicalJson, sha256 } from '../util/hash.js';
import {
  type Candidate,
  type Candidates,
  compareVersions,
  type DistroSpec,
  findCandidates,
} from './apt/candidates.js';
import { DownloadError, type DownloadOptions, download } from './download.js';
import { fetchLimit, fetchSources } from './fetch-sources.js';
import { type Lock, type LockedFile, type LockedSource, readLock, writeLock } from './lock-file.js';
import { type SourceSpec, sourceId } from './source-spec.js';
import { createTransport, type Transport } from './transport.js';

export interface LockOptions {
  /** Look for newer versions of sources that are locked already, too. */
  update?: boolean;
  offline: boolean;
  emit: Emit;
  signal?: AbortSignal;
  transport?: Transport;
}

/** How old an index may be when new sources are locked, in milliseconds. */
const maxIndexAge = 60 * 60 * 1000;

/** How long apt may take for one archive's index, in milliseconds. */
const indexTimeout = 5 * 60 * 1000;

/**
 * Locks the sources that are not locked, with `update` all of them, and writes the project's lock
 * file. Whatever is locked is downloaded on the way, so a lock never names unavailable files.
 * Throws UserError with everything that could not be locked, after locking the rest.
 */
export async function lockSources(
  project: Project,
  specs: readonly SourceSpec[],
  options: LockOptions,
): Promise<Lock> {
  return withDiskDiagnostics(() => lockAll(project, specs, options), { state: project.state.root });
}

async function lockAll(
  project: Project,
  specs: readonly SourceSpec[],
  options: LockOptions,
): Promise<Lock> {
  const lock = await readLock(project);
  const wanted = new Map<string, DistroSpec>();
  for (const spec of specs) {
    if (spec.type !== 'debian' && spec.type !== 'debian-binary') continue;
    const id = sourceId(spec);
    if (options.update || !lock.entries.has(id)) wanted.set(id, spec);
  }
  const pinned = specs.filter((spec) => spec.type === 'url' || spec.type === 'git');
  if (!options.offline) await fetchSources(project, pinned, lock, options);
  if (wanted.size === 0) return lock;
  if (options.offline) {
    const names = [...wanted.keys()].join(', ');
    throw new UserError({
      id: options.update ? 'source.offline-update' : 'source.not-locked',
      message: options.update
        ? `cannot update sources with --offline: ${names}`
        : `not locked, and --offline forbids looking into the archives: ${names}`,
      help: 'run without --offline: stubforge source lock',
    });
  }

  const { candidates, failures } = await readIndexes(project, [...wanted.values()], options);
  const download: DownloadOptions = {
    ...options,
    state: project.state,
    transport: options.transport ?? createTransport(),
  };
  const limit = fetchLimit();
  const chosen = new Map<string, LockedSource>();
  const diagnostics: Diagnostic[] = [];
  await Promise.all(
    [...wanted].map(async ([id, spec]) => {
      try {
        const entry = await chooseCandidate(spec, candidates.get(id) ?? [], download, limit);
        const old = lock.entries.get(id);
        if (old && failures.length > 0 && compareVersions(entry.version, old.version) < 0) {
          const message = `${id} stays at ${old.version}: not all archives could be read`;
          options.emit({ type: 'note', message });
        } else {
          chosen.set(id, keepIfSame(old, entry));
        }
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        options.signal?.throwIfAborted();
        diagnostics.push(...error.diagnostics);
      }
    }),
  );
  if (chosen.size > 0) await addEntries(project, chosen, options.signal);
  if (diagnostics.length > 0) throw new UserError(diagnostics);
  return readLock(project);
}

async function readIndexes(
  project: Project,
  specs: DistroSpec[],
  options: LockOptions,
): Promise<Candidates> {
  const step = 'read the package indexes';
  const begin = Date.now();
  options.emit({ type: 'step-start', step });
  try {
    const found = await findCandidates(project.state.apt, specs, {
      maxAge: options.update ? 0 : maxIndexAge,
      timeout: indexTimeout,
      emit: options.emit,
      signal: options.signal,
    });
    options.emit({ type: 'step-done', step, seconds: (Date.now() - begin) / 1000 });
    for (const diagnostic of found.failures) options.emit({ type: 'warning', diagnostic });
    return found;
  } catch (error) {
    if (error instanceof UserError && !options.signal?.aborted) {
      options.emit({ type: 'step-failed', step, diagnostics: error.diagnostics });
    }
    throw error;
  }
}

/**
 * The first candidate whose files can all be downloaded; when there is none, only the upstream archive
 * of the newest source package that has one. Emits a warning about candidates that were passed over.
 */
export async function chooseCandidate(
  spec: DistroSpec,
  candidates: readonly Candidate[],
  options: DownloadOptions,
  limit: LimitFunction,
): Promise<LockedSource> {
  if (candidates.length === 0) throw unknownPackage(spec);
  const passedOver: string[] = [];
  for (const candidate of candidates) {
    const missing = await downloadAll(candidate, candidate.files, options, limit);
    if (missing === undefined) return entryOf(spec, candidate, passedOver, options.emit);
    passedOver.push(
      `${candidate.version} (${candidate.index.suite}): ${missing} is listed, but not there`,
    );
  }
  for (const candidate of spec.type === 'debian' ? candidates : []) {
    const upstream = candidate.files.filter((file) => /\.orig\.tar\.[a-z0-9]+$/.test(file.name));
    if (upstream.length !== 1) continue;
    if (await downloadAll(candidate, upstream, options, limit)) continue;
    const alone = { ...candidate, files: upstream };
    return { ...entryOf(spec, alone, passedOver, options.emit, true), unpatched: true };
  }
  throw new UserError({
    id: 'source.download-failed',
    message: `could not download any version of ${spec.package}`,
    details: passedOver,
    help: 'try again later, or configure another mirror in apt',
  });
}

/**
 * Downloads the files one after the other, smallest first, and returns the name of the first that no
 * archive has: without it the others are of no use, and small ones show it soonest.
 */
async function downloadAll(
  { baseUris }: Candidate,
  files: readonly LockedFile[],
  options: DownloadOptions,
  limit: LimitFunction,
): Promise<string | undefined> {
  for (const { name, size, sha256: hash, path } of [...files].sort((a, b) => a.size - b.size)) {
    const uris = baseUris.map((uri) => `${uri}/${path}`);
    try {
      await limit(() => download({ name, size, sha256: hash }, uris, options));
    } catch (error) {
      if (!(error instanceof DownloadError && error.missing)) throw error;
      return name;
    }
  }
  return undefined;
}

function entryOf(
  spec: DistroSpec,
  { version, files, index }: Candidate,
  passedOver: string[],
  emit: Emit,
  unpatched = false,
): LockedSource {
  if (passedOver.length === 0) return { version, files, index };
  const what = unpatched
    ? `the upstream archive of ${version}, without the distro's patches,`
    : version;
  emit({
    type: 'warning',
    diagnostic: {
      id: 'source.passed-over',
      message: `${sourceId(spec)} is locked to ${what} because the preferred version cannot be downloaded`,
      details: passedOver,
      help: 'once the archive is complete again, run: stubforge source lock --update',
    },
  });
  return { version, files, index, 'passed-over': passedOver };
}

function unknownPackage(spec: DistroSpec): UserError {
  const kind = spec.type === 'debian' ? 'source package' : `package for ${spec.architecture}`;
  const suite = spec.suite ? ` in the suite ${spec.suite}` : '';
  return new UserError({
    id: 'source.unknown-package',
    message: `the distro's archives have no ${kind} '${spec.package}'${suite}`,
    help: spec.suite
      ? 'check the name, and that apt is configured for this suite'
      : 'check the name; a source package is often not named like the packages built from it',
  });
}

/** A new Release file with the same files below it is no reason for a diff. */
function keepIfSame(old: LockedSource | undefined, fresh: LockedSource): LockedSource {
  const what = ({ version, files, unpatched, 'passed-over': passedOver }: LockedSource) =>
    canonicalJson({ version, files, unpatched, passedOver });
  return old && what(old) === what(fresh) ? old : fresh;
}

/** Adds to the lock file as it is now; another process may have changed it in the meantime. */
async function addEntries(
  project: Project,
  entries: ReadonlyMap<string, LockedSource>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = join(project.state.locks, sha256(project.lockFile).slice(0, 16));
  await using _lock = await lockFile(file, { signal });
  const { own } = await readLock(project);
  await writeLock(project, new Map([...own, ...entries]));
}
