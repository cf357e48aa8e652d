/** Which versions of a distro package the build machine's archives list, the preferred ones first. */
import { execa, execaSync } from 'execa';
import pLimit from 'p-limit';
import type { Emit } from '../../events/event.js';
import { type Diagnostic, UserError } from '../../util/diagnostic.js';
import { canonicalJson } from '../../util/hash.js';
import { findStanzas, parseChecksums } from '../deb822.js';
import type { LockedFile, LockedIndex } from '../lock-file.js';
import { type SourceSpec, sourceId } from '../source-spec.js';
import { aptEnvironment, isDistroOrigin, readAptSettings, readDistro } from './apt-config.js';
import {
  type ArchiveIndex,
  type IndexFile,
  type RefreshOptions,
  refreshIndex,
} from './apt-index.js';
import { type Archive, type IndexKind, maybeDistro, readArchives } from './archives.js';

export type DistroSpec = Extract<SourceSpec, { type: 'debian' | 'debian-binary' }>;

export interface Candidate {
  version: string;
  files: LockedFile[];
  index: LockedIndex;
  /** The archives that list exactly these files. */
  baseUris: string[];
  automatic: boolean;
}

export interface Candidates {
  /** By `sourceId`: newest version first, but suites that apt does not use by default last. */
  candidates: Map<string, Candidate[]>;
  /** The archives that could not be read and were left out. */
  failures: Diagnostic[];
}

export interface LookUpOptions extends RefreshOptions {
  emit: Emit;
}

/**
 * Looks the specs up in the distro's archives; other archives are left out with a note. Throws UserError
 * when archives failed and the others have none of the specs.
 */
export async function findCandidates(
  aptDir: string,
  specs: readonly DistroSpec[],
  options: LookUpOptions,
): Promise<Candidates> {
  const found = new Map<string, Candidate[]>(specs.map((spec) => [sourceId(spec), []]));
  const kinds = new Map<string, { kind: IndexKind; specs: DistroSpec[] }>();
  for (const spec of specs) {
    const kind: IndexKind =
      spec.type === 'debian'
        ? { type: 'source' }
        : { type: 'binary', architecture: spec.architecture };
    const id = canonicalJson(kind);
    kinds.set(id, { kind, specs: [...(kinds.get(id)?.specs ?? []), spec] });
  }
  const archives = await distroArchives(options.emit);
  const failures: Diagnostic[] = [];
  const limit = pLimit(4);
  await Promise.all(
    [...kinds.values()].flatMap(({ kind, specs: wanted }) =>
      archives.map((archive) =>
        limit(async () => {
          const index = await refreshIndex(aptDir, archive, kind, options);
          if ('diagnostic' in index) failures.push(index.diagnostic);
          else await searchIndex(index, wanted, found, options.signal);
        }),
      ),
    ),
  );
  if (failures.length > 0 && [...found.values()].every((each) => each.length === 0)) {
    throw new UserError(failures);
  }
  for (const [id, candidates] of found) found.set(id, orderCandidates(candidates));
  return { candidates: found, failures };
}

async function distroArchives(emit: Emit): Promise<Archive[]> {
  const settings = await readAptSettings();
  const distro = await readDistro();
  const all = await readArchives(settings);
  const archives = all.filter((archive) => maybeDistro(archive, distro));
  const others = all.filter((archive) => !archives.includes(archive));
  if (others.length > 0) {
    const names = others.map((archive) => `${archive.uri} ${archive.suite}`);
    emit({
      type: 'note',
      message: `left out, because they are not the distro's: ${names.join(', ')}`,
    });
  }
  if (archives.length > 0) return archives;
  throw new UserError({
    id: 'source.no-archive',
    message: "apt's configuration lists no archive of the distro",
    help: 'add the distro to /etc/apt/sources.list.d (a deb entry is enough)',
  });
}

async function searchIndex(
  index: ArchiveIndex,
  specs: readonly DistroSpec[],
  found: Map<string, Candidate[]>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const distro = await readDistro();
  for (const file of index.files) {
    if (!isDistroOrigin(file.origin, distro)) continue;
    const { stdout } = await execa('/usr/lib/apt/apt-helper', ['cat-file', file.file], {
      encoding: 'buffer',
      maxBuffer: 1024 * 1024 * 1024,
      env: aptEnvironment,
      cancelSignal: signal,
    });
    const content = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
    for (const spec of specs) {
      const suites = [index.archive.suite, file.suite, file.codename];
      if (spec.suite && !suites.includes(spec.suite)) continue;
      for (const stanza of findStanzas(content, spec.package)) {
        const files = spec.type === 'debian' ? sourceFiles(stanza) : binaryFiles(stanza);
        const version = stanza.get('version');
        if (!version || files.length === 0) continue;
        found.get(sourceId(spec))!.push({
          version,
          files,
          index: describe(index, file),
          baseUris: [file.baseUri],
          automatic: index.release.automatic,
        });
      }
    }
  }
}

function describe({ archive, release }: ArchiveIndex, file: IndexFile): LockedIndex {
  return {
    ...(file.origin && { origin: file.origin }),
    suite: archive.suite,
    ...(file.codename && { codename: file.codename }),
    ...(file.component && { component: file.component }),
    ...(release.date && { date: release.date }),
    release: release.sha256,
    ...(release.signedBy && { 'signed-by': release.signedBy }),
  };
}

function sourceFiles(stanza: Map<string, string>): LockedFile[] {
  // Such a source is kept only for the licence of something that was built from it.
  if (stanza.get('extra-source-only') === 'yes') return [];
  const directory = stanza.get('directory') ?? '';
  return parseChecksums(stanza.get('checksums-sha256') ?? '')
    .map(({ name, size, sha256 }) => ({ name, size, sha256, path: `${directory}/${name}` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function binaryFiles(stanza: Map<string, string>): LockedFile[] {
  const path = stanza.get('filename')?.replace(/^\.\//, '');
  const sha256 = stanza.get('sha256');
  if (!path || !sha256) return [];
  return [{ name: path.split('/').at(-1)!, size: Number(stanza.get('size')), sha256, path }];
}

/** Merges equal candidates of several archives, and puts the newest of the automatic suites first. */
export function orderCandidates(candidates: readonly Candidate[]): Candidate[] {
  const merged = new Map<string, Candidate>();
  // Archives answer in any order, but the lock must not depend on it.
  const inOrder = [...candidates].sort((a, b) => (a.index.suite < b.index.suite ? -1 : 1));
  for (const candidate of inOrder) {
    const id = canonicalJson([candidate.version, candidate.files]);
    const known = merged.get(id);
    merged.set(id, {
      ...(known ?? candidate),
      automatic: candidate.automatic || (known?.automatic ?? false),
      baseUris: [...new Set([...(known?.baseUris ?? []), ...candidate.baseUris])],
    });
  }
  return [...merged.values()].sort(
    (a, b) => Number(b.automatic) - Number(a.automatic) || compareVersions(b.version, a.version),
  );
}

/** Orders Debian versions, by dpkg itself: negative when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const { exitCode } = execaSync('dpkg', ['--compare-versions', a, 'lt', b], { reject: false });
  return exitCode === 0 ? -1 : 1;
}
