import { existsSync } from 'node:fs';
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltToolchain, ToolchainArchitecture } from '../../toolchain/toolchain.js';
import { toolchainIdentity } from '../../toolchain/toolchain-identity.js';
import { writePrefix } from '../../toolchain/write-prefix.js';
import { temporaryBeside } from '../../util/files.js';
import { canonicalJson, sha256 } from '../../util/hash.js';
import type { BuildSite } from '../engine.js';

/** Prefixes being written by this process, so that units that start together share one. */
const underway = new Map<string, Promise<string>>();

/**
 * The folder of a toolchain's prefix over the given outputs (headers, libc, kernel; none for the
 * bare stage that builds these). Written once for each combination, by rename.
 */
export async function ensurePrefix(
  site: BuildSite,
  toolchain: BuiltToolchain,
  architecture: ToolchainArchitecture,
  outputs: readonly string[],
): Promise<string> {
  const identity = await toolchainIdentity(toolchain, architecture);
  const name = sha256(canonicalJson({ identity, outputs })).slice(0, 16);
  const directory = join(
    site.project.state.prefixes,
    `${toolchain.name}-${architecture.name}-${name}`,
  );
  if (existsSync(directory)) {
    // Its time says when it was used last, for `store gc`.
    await utimes(directory, new Date(), new Date());
    return directory;
  }
  let written = underway.get(directory);
  if (!written) {
    written = (async () => {
      const staging = temporaryBeside(directory);
      await mkdir(site.project.state.prefixes, { recursive: true });
      try {
        const trees = outputs.map((output) => site.store.outputDirectory(output));
        await writePrefix(toolchain, architecture, staging, trees);
        await rename(staging, directory).catch((error) => {
          // Another process was quicker with the same prefix.
          if (!existsSync(directory)) throw error;
        });
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
      return directory;
    })().finally(() => underway.delete(directory));
    underway.set(directory, written);
  }
  return written;
}
