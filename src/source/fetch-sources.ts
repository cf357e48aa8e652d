/** Fetches locked sources into the state folder. */
import { basename, join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Emit } from '../events/event.js';
import { withDiskDiagnostics } from '../project/disk-diagnostics.js';
import type { Project } from '../project/project.js';
import { settings } from '../project/settings.js';
import { type Diagnostic, UserError } from '../util/diagnostic.js';
import { readAptSettings, readDistro } from './apt/apt-config.js';
import { maybeDistro, readArchives } from './apt/archives.js';
import { download, isDownloaded, takeFromMirror, type Wanted } from './download.js';
import { fetchCommit, type GitSpec, hasCommit } from './git-source.js';
import { type Lock, requireLocked } from './lock-file.js';
import { type SourceSpec, sourceId } from './source-spec.js';
import { createTransport, type Transport } from './transport.js';

export interface FetchOptions {
  offline: boolean;
  emit: Emit;
  signal?: AbortSignal;
  /** A folder that `mirrorSources` filled, asked before the network; $STUBFORGE_MIRROR when absent. */
  mirror?: string;
  transport?: Transport;
  /** Shared by calls that run at the same time; each has its own when absent. */
  limit?: LimitFunction;
}

/** A file to fetch: where it is in a mirror folder, and how to find the URIs to try. */
export interface SourceFile extends Wanted {
  source: string;
  mirrorPath: string;
  uris: () => Promise<string[]>;
  help: string;
}

/** How many files are fetched at a time: enough to use the connection, few enough to be polite. */
export const fetchLimit = (): LimitFunction => pLimit(4);

/** The folder that stands in for the network, if the user has named one. */
export const mirrorOf = (options: FetchOptions) => options.mirror ?? settings.mirror;

/**
 * Makes sure that all files and commits of the sources are in the state folder. What is there is not
 * fetched again. Throws UserError with everything that could not be fetched.
 */
export async function fetchSources(
  project: Project,
  specs: readonly SourceSpec[],
  lock: Lock,
  options: FetchOptions,
): Promise<void> {
  const folder = project.state.downloads;
  await withDiskDiagnostics(() => fetchAll(project, specs, lock, options), {
    folder,
    state: project.state.root,
  });
}

async function fetchAll(
  project: Project,
  specs: readonly SourceSpec[],
  lock: Lock,
  options: FetchOptions,
): Promise<void> {
  const transport = options.transport ?? createTransport();
  const limit = options.limit ?? fetchLimit();
  const baseUris = memoize(machineBaseUris);
  const missing: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const collect = async (work: Promise<void>) =>
    work.catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      options.signal?.throwIfAborted();
      diagnostics.push(...error.diagnostics);
    });

  const fetchFile = async (file: SourceFile) => {
    if (await isDownloaded(project.state, file)) return;
    const mirror = mirrorOf(options);
    const { state } = project;
    if (mirror && (await takeFromMirror(file, join(mirror, file.mirrorPath), state))) return;
    if (options.offline) missing.push(`${file.source}: ${file.name}`);
    else
      await download(file, await file.uris(), {
        ...options,
        state,
        transport,
        help: file.help,
      });
  };
  const fetchGit = async (spec: GitSpec) => {
    if (await hasCommit(project.state, spec)) return;
    await fetchCommit(project.state, spec, { ...options, mirror: mirrorOf(options) });
  };

  const commits = specs.filter((spec) => spec.type === 'git');
  const files = filesOf(specs, lock, baseUris);
  await Promise.all([
    ...files.map((file) => limit(() => collect(fetchFile(file)))),
    ...commits.map((spec) => limit(() => collect(fetchGit(spec)))),
  ]);
  if (missing.length > 0) {
    diagnostics.push({
      id: 'source.not-downloaded',
      message: `${missing.length} source ${missing.length === 1 ? 'file has' : 'files have'} not been downloaded, and --offline forbids network access`,
      details: missing.sort(),
      help: 'run without --offline: stubforge source fetch; or set STUBFORGE_MIRROR to a mirror folder',
    });
  }
  if (diagnostics.length > 0) throw new UserError(diagnostics);
}

/** The files of the sources, each only once. Throws UserError for what is not locked. */
export function filesOf(
  specs: readonly SourceSpec[],
  lock: Lock,
  baseUris: () => Promise<string[]> = async () => [],
): SourceFile[] {
  const files = new Map<string, SourceFile>();
  for (const spec of specs) {
    for (const file of filesOfOne(spec, lock, baseUris))
      files.set(`${file.sha256}/${file.name}`, file);
  }
  return [...files.values()];
}

function filesOfOne(spec: SourceSpec, lock: Lock, baseUris: () => Promise<string[]>): SourceFile[] {
  const source = sourceId(spec);
  if (spec.type === 'url') {
    const wanted = urlFile(spec);
    return [
      {
        ...wanted,
        source,
        mirrorPath: join('url', wanted.sha256, wanted.name),
        uris: async () => [spec.url],
        help: 'check the URL, the SHA-256 and the network connection',
      },
    ];
  }
  if (spec.type !== 'debian' && spec.type !== 'debian-binary') return [];
  return requireLocked(spec, lock).files.map((file) => ({
    name: file.name,
    size: file.size,
    sha256: file.sha256,
    source,
    mirrorPath: file.path,
    uris: async () => (await baseUris()).map((uri) => `${uri}/${file.path}`),
    help: `if the archive no longer has this version of ${spec.package}, run: stubforge source lock --update`,
  }));
}

/** The name and hash of a download by URL; the name is safe as a part of a path. */
export function urlFile(spec: Extract<SourceSpec, { type: 'url' }>): Wanted {
  const path = URL.canParse(spec.url) ? new URL(spec.url).pathname : spec.url;
  const name = basename(path)
    .replace(/[^A-Za-z0-9+_.~-]/g, '_')
    .replace(/^[.-]+/, '');
  return { name: name || 'download', sha256: spec.sha256.toLowerCase() };
}

/** The base URIs of the build machine's archives: those that look like the distro's first. */
async function machineBaseUris(): Promise<string[]> {
  const archives = await readArchives(await readAptSettings());
  const distro = await readDistro();
  const likely = archives.filter((archive) => maybeDistro(archive, distro));
  const uris = [...likely, ...archives].map((archive) => archive.uri);
  if (uris.length > 0) return [...new Set(uris)];
  throw new UserError({
    id: 'source.no-archive',
    message: "apt's configuration lists no archive to fetch from",
    help: 'add the distro to /etc/apt/sources.list.d (a deb entry is enough)',
  });
}

function memoize<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
