/** Git commits as sources: bare repositories below the state folder, submodules not followed. */
import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Emit } from '../events/event.js';
import type { StateLayout } from '../project/state-layout.js';
import { UserError } from '../util/diagnostic.js';
import { lockFile } from '../util/file-lock.js';
import { temporaryBeside } from '../util/files.js';
import { sha256 } from '../util/hash.js';
import type { SourceSpec } from './source-spec.js';

export type GitSpec = Extract<SourceSpec, { type: 'git' }>;

/** A repository's folder name, in the state folder and in mirrors. */
const folderName = (spec: GitSpec) => `${sha256(spec.url).slice(0, 16)}.git`;
const gitDir = (state: StateLayout, spec: GitSpec) => join(state.repositories, folderName(spec));
/** Our own ref for each commit: it marks the commit as complete and keeps it from being pruned. */
const refOf = (spec: GitSpec) => `refs/stubforge/${spec.commit.toLowerCase()}`;

/** Variables by which a calling git would point ours at its own repository. */
const foreignVariables = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY'];

function git(dir: string, words: string[], signal?: AbortSignal) {
  const env = Object.fromEntries(foreignVariables.map((name) => [name, undefined]));
  return execa('git', [`--git-dir=${dir}`, ...words], {
    reject: false,
    all: true,
    env: { ...env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C.UTF-8' },
    cancelSignal: signal,
  });
}

/** Whether the commit, with its whole tree, is in the state folder. */
export async function hasCommit(state: StateLayout, spec: GitSpec): Promise<boolean> {
  const dir = gitDir(state, spec);
  if (!(await stat(dir).catch(() => undefined))) return false;
  return (await git(dir, ['rev-parse', '--verify', '--quiet', refOf(spec)])).exitCode === 0;
}

/**
 * Fetches the commit into the state folder, from `mirror` when it has the repository, or else from the
 * spec's URL. Throws UserError.
 */
export async function fetchCommit(
  state: StateLayout,
  spec: GitSpec,
  options: { mirror?: string; offline: boolean; emit: Emit; signal?: AbortSignal },
): Promise<void> {
  if (!/^[0-9a-f]{40}$/i.test(spec.commit) || spec.url.startsWith('-')) {
    throw new UserError({
      id: 'source.invalid-commit',
      message: `'${spec.url}' with commit '${spec.commit}' is not a valid git source`,
      help: 'give a URL and a full commit hash of 40 hexadecimal digits',
    });
  }
  const dir = gitDir(state, spec);
  await using _lock = await lockFile(`${dir}.lock`, { signal: options.signal });
  if (await hasCommit(state, spec)) return;
  const copy = options.mirror && join(options.mirror, 'git', folderName(spec));
  const mirrored = copy && (await stat(copy).catch(() => undefined)) ? copy : undefined;
  if (!mirrored && options.offline) throw notFetched(spec);
  const step = `fetch ${spec.url}`;
  const begin = Date.now();
  options.emit({ type: 'step-start', step });
  await prepare(dir);
  const complaint = await fetchFrom(dir, mirrored ?? spec.url, spec, options.signal);
  if (complaint !== undefined) {
    options.signal?.throwIfAborted();
    const diagnostic = {
      id: 'source.download-failed',
      message: `could not fetch commit ${spec.commit} from ${mirrored ?? spec.url}`,
      details: complaint.split('\n').slice(-4),
      help: 'check the URL, the commit and the network connection',
    };
    options.emit({ type: 'step-failed', step, diagnostics: [diagnostic] });
    throw new UserError(diagnostic);
  }
  options.emit({ type: 'step-done', step, seconds: (Date.now() - begin) / 1000 });
}

export const notFetched = (spec: GitSpec) =>
  new UserError({
    id: 'source.not-downloaded',
    message: `commit ${spec.commit} of ${spec.url} has not been fetched`,
    help: 'run without --offline: stubforge source fetch',
  });

async function prepare(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const made = await execa('git', ['init', '--quiet', '--bare', dir], { reject: false, all: true });
  if (made.exitCode !== 0) {
    throw new UserError(
      made.code === 'ENOENT'
        ? {
            id: 'machine.missing-tools',
            message: 'git is not installed',
            help: 'run: stubforge setup',
          }
        : {
            id: 'source.unusable-repository',
            message: `git cannot use ${dir}`,
            details: made.all ? [made.all] : [],
            help: 'check that it is writable, or remove it so that it is created again',
          },
    );
  }
  // The same repository serves as a mirror for others, which ask for commits by their hash.
  await git(dir, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  await mkdir(join(dir, 'info'), { recursive: true });
  // A tree's own attributes must not exclude files from the export, nor change them by git's version.
  await writeFile(join(dir, 'info', 'attributes'), '* -export-ignore -export-subst\n');
}

/** Returns git's error messages, or undefined when the commit is there. */
async function fetchFrom(
  dir: string,
  from: string,
  spec: GitSpec,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const common = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-auto-gc'];
  const one = await git(
    dir,
    [...common, '--depth=1', '--', from, `${spec.commit}:${refOf(spec)}`],
    signal,
  );
  if (one.exitCode === 0) return undefined;
  // Not every server serves single commits, but all serve what their branches and tags reach.
  const refs = ['+refs/heads/*:refs/fetched/heads/*', '+refs/tags/*:refs/fetched/tags/*'];
  const all = await git(dir, [...common, '--', from, ...refs], signal);
  if (all.exitCode !== 0) return all.all;
  const marked = await git(dir, ['update-ref', refOf(spec), `${spec.commit}^{commit}`], signal);
  return marked.exitCode === 0 ? undefined : `no branch or tag there contains ${spec.commit}`;
}

/** The words after `git` that write the commit's tree to standard output as a tar archive. */
export function archiveCommand(state: StateLayout, spec: GitSpec): string[] {
  return [
    `--git-dir=${gitDir(state, spec)}`,
    ...['-c', 'tar.umask=0022', 'archive', '--format=tar', spec.commit],
  ];
}

/** When the commit was made, in seconds since 1970. */
export async function commitDate(state: StateLayout, spec: GitSpec): Promise<number | undefined> {
  const words = ['show', '--no-patch', '--format=%ct', spec.commit];
  const seconds = Number((await git(gitDir(state, spec), words)).stdout.trim());
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}

/** Copies the repository into a mirror folder. */
export async function mirrorCommit(
  state: StateLayout,
  spec: GitSpec,
  mirror: string,
): Promise<void> {
  const to = join(mirror, 'git', folderName(spec));
  const temporary = temporaryBeside(to);
  await mkdir(join(mirror, 'git'), { recursive: true });
  try {
    await cp(gitDir(state, spec), temporary, { recursive: true });
    await rm(to, { recursive: true, force: true });
    await rename(temporary, to);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
