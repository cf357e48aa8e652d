import type { TargetToolchain } from '../../toolchain/toolchain.js';
import { KeptFolders } from '../../util/kept-folders.js';
import type { BuildSite } from '../engine.js';

/** The prefixes that a store's user keeps; those of one engine share what is being written. */
const kept = new WeakMap<BuildSite['store'], KeptFolders>();

/** The folder of a toolchain's prefix over the given outputs of the store. */
export async function ensurePrefix(
  { project, store }: BuildSite,
  toolchain: TargetToolchain,
  outputs: readonly string[],
): Promise<string> {
  let folders = kept.get(store);
  if (!folders) {
    folders = new KeptFolders(project.state.prefixes);
    kept.set(store, folders);
  }
  return toolchain.prefix(
    outputs.map((hash) => ({ hash, directory: store.outputDirectory(hash) })),
    folders,
  );
}
