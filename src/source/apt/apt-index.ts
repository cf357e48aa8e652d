/**
 * Signed indexes of the build machine's archives, in private apt states below the state folder: one for
 * each archive and kind, so that one that fails or hangs does not affect the others. apt itself fetches
 * them and verifies their signatures with the machine's keys; nothing on the machine is changed, and root
 * is not needed.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Diagnostic } from '../../util/diagnostic.js';
import { lockFile } from '../../util/file-lock.js';
import { writeFileAtomic } from '../../util/files.js';
import { sha256 } from '../../util/hash.js';
import { aptEnvironment } from './apt-config.js';
import { type Archive, type IndexKind, renderArchive } from './archives.js';

/** One Packages or Sources file on this machine, verified by apt. */
export interface IndexFile {
  file: string;
  origin?: string;
  suite?: string;
  codename?: string;
  component?: string;
  /** What paths in the index are relative to, without a slash at its end. */
  baseUri: string;
}

/** What a Release file says about the indexes below it. */
export interface Release {
  /** SHA-256 of the InRelease (or Release) file. */
  sha256: string;
  date?: string;
  /** False for suites from which apt takes nothing unless it is told to, such as backports. */
  automatic: boolean;
  /** Fingerprint of the key whose signature apt accepted. */
  signedBy?: string;
}

export interface ArchiveIndex {
  archive: Archive;
  release: Release;
  files: IndexFile[];
}

export interface RefreshOptions {
  /** An index that was updated less than this many milliseconds ago is taken as it is. */
  maxAge: number;
  /** How long apt may take, in milliseconds. */
  timeout: number;
  signal?: AbortSignal;
}

/** Updates the index of one archive where needed; returns a diagnostic when that fails. */
export async function refreshIndex(
  aptDir: string,
  archive: Archive,
  kind: IndexKind,
  options: RefreshOptions,
): Promise<ArchiveIndex | { diagnostic: Diagnostic }> {
  const sources = renderArchive(archive, kind);
  const dir = join(aptDir, sha256(sources).slice(0, 16));
  const state = new AptState(dir, sources, kind);
  await using _lock = await lockFile(join(dir, 'lock'), { signal: options.signal });
  if ((await state.age()) >= options.maxAge) {
    const diagnostic = await state.update(archive, options);
    if (diagnostic) return { diagnostic };
  }
  return await state.read(archive);
}

const unreadableIndex = ({ uri, suite }: Archive, details: string[]): Diagnostic => ({
  id: 'source.unreadable-index',
  message: `cannot read the index of ${uri} ${suite}`,
  details,
});

class AptState {
  private readonly config: string;
  private readonly stamp: string;
  private readonly lists: string;

  constructor(
    private readonly dir: string,
    private readonly sources: string,
    private readonly kind: IndexKind,
  ) {
    this.config = join(dir, 'apt.conf');
    this.stamp = join(dir, 'updated.json');
    this.lists = join(dir, 'lists');
  }

  /** Milliseconds since the last update that succeeded. */
  async age(): Promise<number> {
    const stats = await stat(this.stamp).catch(() => undefined);
    return stats ? Math.max(0, Date.now() - stats.mtimeMs) : Number.POSITIVE_INFINITY;
  }

  async update(archive: Archive, options: RefreshOptions): Promise<Diagnostic | undefined> {
    const parts = join(this.dir, 'sources.list.d');
    await mkdir(join(this.lists, 'partial'), { recursive: true });
    await mkdir(parts, { recursive: true });
    await writeFile(join(parts, 'archive.sources'), this.sources);
    await writeFile(this.config, this.settings(parts));
    const result = await execa('apt-get', ['-c', this.config, '-q', 'update'], {
      reject: false,
      all: true,
      env: aptEnvironment,
      timeout: options.timeout,
      cancelSignal: options.signal,
    });
    options.signal?.throwIfAborted();
    const name = `${archive.uri} ${archive.suite}`;
    if (result.timedOut) {
      return {
        id: 'source.archive-timeout',
        message: `${name} did not answer within ${Math.round(options.timeout / 1000)} s`,
      };
    }
    // apt forgives itself transient failures with exit code 0 and goes on with older lists.
    const complaints = result.all.split('\n').filter((line) => /^(E: |Err:|W: Failed)/.test(line));
    if (result.exitCode !== 0 || complaints.length > 0) {
      return unreadableIndex(archive, complaints.slice(0, 4));
    }
    const signedBy = /Got trusted VALIDSIG, key ID: ([0-9A-F]{40})/.exec(result.all)?.[1];
    await writeFileAtomic(this.stamp, `${JSON.stringify({ signedBy })}\n`);
    return undefined;
  }

  async read(archive: Archive): Promise<ArchiveIndex | { diagnostic: Diagnostic }> {
    const format = ['FILENAME', 'ORIGIN', 'SUITE', 'CODENAME', 'COMPONENT', 'REPO_URI'];
    const { stdout, stderr, failed } = await execa(
      'apt-get',
      ['-c', this.config, 'indextargets', '--format', format.map((key) => `$(${key})`).join('\t')],
      { env: aptEnvironment, reject: false },
    );
    if (failed) {
      return { diagnostic: unreadableIndex(archive, (stderr ?? '').split('\n').slice(0, 4)) };
    }
    const files: IndexFile[] = [];
    for (const line of stdout.split('\n')) {
      // A field that the Release file lacks stays as it was asked for.
      const fields = line.split('\t').map((field) => (field.startsWith('$(') ? undefined : field));
      const [file, origin, suite, codename, component, uri] = fields;
      if (!file || !uri || !existsSync(file)) continue;
      files.push({ file, origin, suite, codename, component, baseUri: uri.replace(/\/+$/, '') });
    }
    const signedBy = await this.signedBy();
    if (signedBy === 'damaged') {
      return { diagnostic: unreadableIndex(archive, [`${this.stamp} is damaged: remove it`]) };
    }
    const release = await this.release(signedBy);
    return release
      ? { archive, release, files }
      : {
          diagnostic: {
            id: 'source.unsigned-archive',
            message: `${archive.uri} ${archive.suite} has no signed Release file`,
          },
        };
  }

  /** The fingerprint that the last update wrote down. */
  private async signedBy(): Promise<string | undefined | 'damaged'> {
    try {
      const stamp = JSON.parse(await readFile(this.stamp, 'utf8')) as { signedBy?: string };
      return stamp.signedBy;
    } catch {
      return 'damaged';
    }
  }

  private async release(signedBy: string | undefined): Promise<Release | undefined> {
    const name = (await readdir(this.lists)).find((each) => /_(In)?Release$/.test(each));
    if (!name) return undefined;
    const text = await readFile(join(this.lists, name), 'utf8');
    return {
      sha256: sha256(text),
      date: /^Date: (.*)$/m.exec(text)?.[1]?.trim(),
      automatic: !/^NotAutomatic: *yes/m.test(text),
      signedBy,
    };
  }

  private settings(parts: string): string {
    const set = (name: string, value: string) => `${name} "${value}";`;
    return [
      // The machine's hooks are meant for its own state.
      '#clear APT::Update::Pre-Invoke;',
      '#clear APT::Update::Post-Invoke;',
      '#clear APT::Update::Post-Invoke-Success;',
      set('Dir::Etc::sourcelist', '/dev/null'),
      set('Dir::Etc::sourceparts', parts),
      set('Dir::State::lists', this.lists),
      set('Dir::State::status', '/dev/null'),
      set('Dir::Cache', join(this.dir, 'cache')),
      ...(process.getuid?.() === 0 ? [set('APT::Sandbox::User', 'root')] : []),
      ...(this.kind.type === 'binary'
        ? [
            set('APT::Architecture', this.kind.architecture),
            '#clear APT::Architectures;',
            `APT::Architectures { "${this.kind.architecture}"; };`,
          ]
        : []),
      set('Acquire::AllowInsecureRepositories', 'false'),
      set('Acquire::AllowWeakRepositories', 'false'),
      set('Acquire::AllowDowngradeToInsecureRepositories', 'false'),
      set('Acquire::Languages', 'none'),
      set('Acquire::PDiffs', 'false'),
      set('Acquire::Retries', '2'),
      set('Acquire::http::Timeout', '20'),
      set('Acquire::https::Timeout', '20'),
      // Its log is the only place where apt names the key that it trusted.
      set('Debug::Acquire::gpgv', 'true'),
      '',
    ].join('\n');
  }
}
