/** Hashes that stand for the content of sources without unpacking them. */
import { canonicalJson, sha256 } from '../util/hash.js';
import { hashFolder } from './local-source.js';
import { type Lock, lockedSourceOf } from './lock-file.js';
import type { SourceSpec } from './source-spec.js';

/** Raised when the same files would be unpacked into another tree than before. */
const unpackRules = 1;

/**
 * A hash that stands for the result of `unpackSource`: of the locked hashes, of the commit, or of the
 * content of a local folder. Undefined when the source has to be locked first. Uses no network; throws
 * UserError for a local folder that cannot be read.
 */
export async function sourceIdentity(spec: SourceSpec, lock: Lock): Promise<string | undefined> {
  const content = await contentOf(spec, lock);
  return content === undefined
    ? undefined
    : sha256(canonicalJson({ unpackRules, type: spec.type, content }));
}

async function contentOf(spec: SourceSpec, lock: Lock): Promise<unknown> {
  switch (spec.type) {
    case 'debian':
    case 'debian-binary': {
      const entry = lockedSourceOf(spec, lock);
      return entry && { unpatched: entry.unpatched, files: entry.files.map((file) => file.sha256) };
    }
    case 'url':
      return spec.sha256.toLowerCase();
    case 'git':
      return spec.commit.toLowerCase();
    case 'local':
      return hashFolder(spec.path);
    default:
      return spec satisfies never;
  }
}
