/**
 * What an exported archive contains, in this order: `manifests/<output>.json`, `keys/<key>.json` and
 * `files/<id>`, each as in the store. A reader knows at every point what may follow.
 */
import { z } from 'zod';

const hash = /^[0-9a-f]{64}$/;

export type MemberName = { kind: 'manifests' | 'keys' | 'files'; id: string };

/** Parses a member's name; undefined when no archive can have such a member. */
export function parseMember(path: string): MemberName | undefined {
  const match =
    /^(manifests|keys)\/([0-9a-f]{64})\.json$/.exec(path) ??
    /^(files)\/([0-9a-f]{64}(?:-x)?)$/.exec(path);
  return match ? { kind: match[1] as MemberName['kind'], id: match[2]! } : undefined;
}

export function memberPath({ kind, id }: MemberName): string {
  return kind === 'files' ? `files/${id}` : `${kind}/${id}.json`;
}

const phaseTime = z.object({
  phase: z.string(),
  seconds: z.number().describe('Wall time, without waiting for job tokens.'),
  cpuSeconds: z.number().optional().describe('Processor time of its processes, where known.'),
  parallel: z.boolean().optional().describe('It runs several jobs at once if it gets the tokens.'),
});

const unitRecord = z.object({
  unit: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+_-]*:[A-Za-z0-9-]+(?:@[a-z][a-z0-9-]*)?$/),
  key: z.string().regex(hash),
  parts: z
    .record(z.string(), z.string())
    .describe('What the key was made of: names to hashes or short texts.'),
  output: z.string().regex(hash).describe('The hash of the content of what was installed.'),
  seconds: z.number().nonnegative().describe('Wall time of the build, to estimate the next one.'),
  phases: z
    .array(phaseTime.loose())
    .optional()
    .describe('The times of its phases in their order; older records have none.'),
});

export type PhaseTime = z.output<typeof phaseTime>;

/** What is kept of a finished unit. */
export type UnitRecord = Omit<z.output<typeof unitRecord>, 'phases'> & { phases?: PhaseTime[] };

/** Later versions may record more about a build; fields that are not known here are kept. */
export const recordSchema = unitRecord.loose();

const manifestEntry = z.discriminatedUnion('type', [
  z.strictObject({ path: z.string(), type: z.literal('directory') }),
  z.strictObject({ path: z.string(), type: z.literal('symlink'), target: z.string().min(1) }),
  z.strictObject({
    path: z.string(),
    type: z.literal('file'),
    executable: z.boolean(),
    size: z.int().nonnegative().describe('In bytes.'),
    sha256: z.string().regex(hash),
  }),
]);

export type ManifestEntry = z.output<typeof manifestEntry>;

export const manifestSchema = z.array(manifestEntry).superRefine((manifest, context) => {
  const message = manifestFault(manifest);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/**
 * Why a manifest must not become a tree; undefined when it may. Every entry has to follow its folder, so
 * that nothing is ever written through a link.
 */
export function manifestFault(manifest: readonly ManifestEntry[]): string | undefined {
  const folders = new Set(['']);
  const paths = new Set<string>();
  for (const { path, ...entry } of manifest) {
    const parts = path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
      return `'${path}' is not a path inside a tree`;
    }
    if (paths.has(path)) return `'${path}' is listed twice`;
    if (!folders.has(parts.slice(0, -1).join('/')))
      return `the folder of '${path}' is not listed before it`;
    paths.add(path);
    if (entry.type === 'directory') folders.add(path);
    if (entry.type === 'symlink' && leavesTree(parts, entry.target)) {
      return `the link '${path}' leads out of its tree, to '${entry.target}'`;
    }
  }
  return undefined;
}

function leavesTree(link: readonly string[], target: string): boolean {
  if (target.startsWith('/') || target.includes('\0')) return true;
  let depth = link.length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}
