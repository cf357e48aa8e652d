/** A toolchain in a folder of the user's, for use without stubforge. */
import { copyFile, lstat, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../util/diagnostic.js';
import { makeFolder, temporaryBeside, writeFileAtomic } from '../util/files.js';
import { canonicalJson, sha256 } from '../util/hash.js';
import { answerFiles, filesDir } from './prefix-layout.js';
import type { TargetToolchain } from './toolchain.js';

/** In the prefix; says that stubforge wrote the folder and may replace it. */
const markerFile = join('share', 'stubforge', 'toolchain.json');

const markerSchema = z.object({
  toolchain: z.string(),
  architectures: z.record(z.string(), z.object({ triple: z.string(), identity: z.string() })),
});
export type PrefixMarker = z.output<typeof markerSchema>;

export interface InstallPart {
  target: TargetToolchain;
  /** Outputs of headers, libc and kernel. */
  trees: readonly string[];
  /** The output of the toolchain's answers; absent where it has none. */
  answers?: string;
}

export interface InstallOptions {
  signal: AbortSignal;
  /** Further files by path in the prefix. */
  files?: Readonly<Record<string, string>>;
}

/**
 * Throws UserError when `dir` contains something other than an older prefix of ours. Call it before a
 * long build.
 */
export async function checkInstallDir(dir: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw new UserError(
      code === 'ENOTDIR'
        ? { id: 'toolchain.prefix-not-a-folder', message: `${dir} is not a folder` }
        : { id: 'toolchain.unreadable-prefix', message: `cannot read ${dir} (${code})` },
    );
  }
  if (entries.length === 0 || (await readMarker(dir))) return;
  throw new UserError({
    id: 'toolchain.prefix-in-use',
    message: `${dir} is not empty, and not a toolchain that stubforge has installed`,
    help: 'choose a folder that does not exist yet',
  });
}

/** The marker of an installed prefix; undefined where there is none. */
export async function readMarker(dir: string): Promise<PrefixMarker | undefined> {
  try {
    const parsed = markerSchema.safeParse(
      JSON.parse(await readFile(join(dir, markerFile), 'utf8')) as unknown,
    );
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes the toolchain of that name with all given architectures to `dir`. An older one there stays as
 * it was until everything is written, and is then replaced. Throws UserError as `checkInstallDir` does.
 */
export async function installPrefix(
  name: string,
  parts: readonly InstallPart[],
  dir: string,
  { signal, files = {} }: InstallOptions,
): Promise<void> {
  await checkInstallDir(dir);
  makeFolder(dirname(dir));
  const staging = temporaryBeside(dir);
  try {
    const marker: PrefixMarker = { toolchain: name, architectures: {} };
    for (const { target, trees, answers } of parts) {
      signal.throwIfAborted();
      const { architecture } = target;
      await target.writePrefix(staging, trees);
      if (answers !== undefined) {
        for (const file of Object.values(answerFiles)) {
          await copyFile(join(answers, file), join(filesDir(staging, architecture), file));
        }
      }
      marker.architectures[architecture.name] = {
        triple: architecture.triple,
        identity: sha256(canonicalJson(await target.identity())),
      };
    }
    for (const [path, text] of Object.entries(files)) {
      await writeFileAtomic(join(staging, path), text, 0o755);
    }
    await writeFileAtomic(join(staging, markerFile), `${JSON.stringify(marker, null, 2)}\n`);
    await replaceFolder(staging, dir);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Replaces `dir` by `staging`; the old content is removed only once the new one is there. */
async function replaceFolder(staging: string, dir: string): Promise<void> {
  const present = await lstat(dir).then(
    () => true,
    () => false,
  );
  if (!present) return rename(staging, dir);
  const old = temporaryBeside(dir);
  await rename(dir, old);
  try {
    await rename(staging, dir);
  } catch (error) {
    await rename(old, dir);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
