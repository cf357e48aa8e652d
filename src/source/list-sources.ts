/** What is known of sources without the network: versions, sizes, and what is on this machine. */
import { stat } from 'node:fs/promises';
import type { Project } from '../project/project.js';
import { downloadPath, isDownloaded } from './download.js';
import { urlFile } from './fetch-sources.js';
import { hasCommit } from './git-source.js';
import { type Lock, lockedSourceOf } from './lock-file.js';
import { type SourceSpec, sourceId } from './source-spec.js';

export interface SourceRow {
  id: string;
  /** The version of a distro source; a short form of the hash or commit of others. */
  version: string;
  /** 0 where the size is not known. */
  bytes: number;
  state: 'downloaded' | 'not downloaded' | 'not locked' | 'local folder' | 'missing folder';
  /** Candidates that were passed over when the source was locked, and why. */
  passedOver?: string[];
  /** Only the upstream archive, without the distro's patches. */
  unpatched?: true;
}

/** One row for each source, in the given order. */
export async function listSources(
  { state: layout }: Project,
  specs: readonly SourceSpec[],
  lock: Lock,
): Promise<SourceRow[]> {
  return Promise.all(
    specs.map(async (spec): Promise<SourceRow> => {
      const id = sourceId(spec);
      switch (spec.type) {
        case 'debian':
        case 'debian-binary': {
          const entry = lockedSourceOf(spec, lock);
          if (!entry) return { id, version: '', bytes: 0, state: 'not locked' };
          const there = await Promise.all(entry.files.map((file) => isDownloaded(layout, file)));
          return {
            id,
            version: entry.unpatched ? `${entry.version} (unpatched)` : entry.version,
            bytes: entry.files.reduce((sum, file) => sum + file.size, 0),
            state: there.every(Boolean) ? 'downloaded' : 'not downloaded',
            ...(entry['passed-over'] && { passedOver: entry['passed-over'] }),
            ...(entry.unpatched && { unpatched: true }),
          };
        }
        case 'url': {
          const file = urlFile(spec);
          const stats = await stat(downloadPath(layout, file)).catch(() => undefined);
          const version = `sha256 ${file.sha256.slice(0, 12)}`;
          const state = stats ? 'downloaded' : 'not downloaded';
          return { id, version, bytes: stats?.size ?? 0, state };
        }
        case 'git': {
          const state = (await hasCommit(layout, spec)) ? 'downloaded' : 'not downloaded';
          return { id, version: `commit ${spec.commit.slice(0, 12)}`, bytes: 0, state };
        }
        case 'local': {
          const stats = await stat(spec.path).catch(() => undefined);
          const state = stats?.isDirectory() ? 'local folder' : 'missing folder';
          return { id, version: '', bytes: 0, state };
        }
        default:
          return spec satisfies never;
      }
    }),
  );
}
