/** Copies of sources in a plain folder, from which a machine without a network builds. */
import { copyFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Project } from '../project/project.js';
import { makeFolder, temporaryBeside } from '../util/files.js';
import { sha256File } from '../util/hash.js';
import { verifiedDownload } from './download.js';
import { filesOf } from './fetch-sources.js';
import { mirrorCommit } from './git-source.js';
import type { Lock } from './lock-file.js';
import type { SourceSpec } from './source-spec.js';

/**
 * Copies all files and commits of the sources into `dir`: files of the distro by their paths in the
 * archive's pool, others below `url/` and `git/`. The sources have been fetched before. Local folders
 * are not copied. Returns how many of their files and commits the folder now contains. Throws UserError.
 */
export async function mirrorSources(
  project: Project,
  lock: Lock,
  specs: readonly SourceSpec[],
  dir: string,
): Promise<{ files: number; commits: number; bytes: number }> {
  const files = filesOf(specs, lock);
  let bytes = 0;
  for (const file of files) {
    const to = join(dir, file.mirrorPath);
    const from = await verifiedDownload(project.state, file);
    bytes += (await stat(from)).size;
    if ((await sha256File(to).catch(() => undefined)) === file.sha256) continue;
    const temporary = temporaryBeside(to);
    makeFolder(dirname(to));
    try {
      await copyFile(from, temporary);
      await rename(temporary, to);
    } finally {
      await rm(temporary, { force: true });
    }
  }
  const commits = specs.filter((spec) => spec.type === 'git');
  for (const spec of commits) await mirrorCommit(project.state, spec, dir);
  return { files: files.length, commits: commits.length, bytes };
}
