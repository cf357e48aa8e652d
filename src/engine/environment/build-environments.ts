import type { BuildMachine } from '../../machine/build-machine.js';
import { developmentFolders } from '../../machine/development-files.js';
import type { StateLayout } from '../../project/state-layout.js';
import { LimitWatcher } from '../../sandbox/limit-watch.js';
import { MachineViews } from '../../sandbox/machine-view.js';
import type { Mount } from '../../sandbox/sandbox.js';
import type { Store } from '../../store/store.js';
import type { TargetToolchain } from '../../toolchain/toolchain.js';
import { KeptFolders } from '../../util/kept-folders.js';

/** What the environments of builds have in common: units that run side by side share one of these. */
export class BuildEnvironments {
  /** What they see of the build machine. */
  readonly views: MachineViews;
  /** Watches that all of them keep to their limits. */
  readonly watcher = new LimitWatcher();
  readonly #prefixes: KeptFolders;
  readonly #development = new Map<string, Promise<Mount[]>>();

  constructor(
    state: Pick<StateLayout, 'sandboxes' | 'prefixes'>,
    readonly machine: BuildMachine,
  ) {
    this.views = new MachineViews(state.sandboxes);
    this.#prefixes = new KeptFolders(state.prefixes);
  }

  /** The folder of a toolchain's prefix over outputs of the store. */
  prefix(store: Store, toolchain: TargetToolchain, outputs: readonly string[]): Promise<string> {
    return toolchain.prefix(
      outputs.map((hash) => ({ hash, directory: store.outputDirectory(hash) })),
      this.#prefixes,
    );
  }

  /** Headers and pkg-config files of the machine: of the packages that a unit declares, and no others. */
  development(tools: readonly string[]): Promise<Mount[]> {
    // Most units declare the same few packages, and a libc's headers are a thousand files to look at.
    const key = JSON.stringify([...tools].sort());
    let mounts = this.#development.get(key);
    if (!mounts) {
      mounts = this.#writeDevelopment(tools);
      this.#development.set(key, mounts);
      // A disk that was full may have room for the next unit.
      mounts.catch(() => this.#development.delete(key));
    }
    return mounts;
  }

  async #writeDevelopment(tools: readonly string[]): Promise<Mount[]> {
    const headers = tools.includes('libc6-dev');
    const files = await this.machine.developmentFiles(tools);
    if (files === undefined) return headers ? [{ from: '/usr/include', at: '/usr/include' }] : [];
    const folders = developmentFolders.filter((folder) => headers || folder !== '/usr/include');
    const seen = files.filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)));
    return this.views.development(folders, seen);
  }
}
