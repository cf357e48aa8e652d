/** What a sandbox sees of the machine that it runs on. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '../util/hash.js';
import { KeptFolders } from '../util/kept-folders.js';
import { developmentView } from './development-view.js';
import { type CommandEntries, MachineCommands, writeCommands } from './machine-commands.js';
import type { Mount, View } from './sandbox.js';

/** What the machine's commands need to run: libraries, helpers outside PATH, data. */
const neededFolders = ['/usr/lib', '/usr/lib32', '/usr/libx32', '/usr/lib64'];
const furtherFolders = ['/usr/libexec', '/usr/share'];

/** The links of a merged /usr, and the folder that both kinds of commands are in here. */
const mergedLinks = ['/lib', '/lib32', '/libx32', '/lib64'];

/** Users and host names inside the sandbox; nothing in it names the machine. */
const etcFiles: Readonly<Record<string, string>> = {
  passwd:
    'root:x:0:0:root:/:/bin/sh\nbuild:x:1000:1000:build:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  group: 'root:x:0:\nbuild:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost stubforge\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
};

/** Without it, libraries in folders that are specific to the distro are not found. */
const libraryIndex = '/etc/ld.so.cache';

/** The folder, beside the folders with commands, of the files that these link to. */
export const commandPool = 'commands';

/** What builds may see of the machine. The folders that they see are kept in `state`. */
export class MachineViews {
  readonly #commands = new MachineCommands();
  readonly #folders: KeptFolders;

  constructor(state: string) {
    this.#folders = new KeptFolders(state);
  }

  /** A view of the machine with these commands; those that it does not have are left out. */
  async commands(names: Iterable<string>): Promise<View> {
    const entries = await this.#commands.resolve(names);
    const libraries = await stat(libraryIndex).then(
      ({ mtimeMs, size }) => [mtimeMs, size],
      () => [],
    );
    const name = sha256(canonicalJson({ entries: [...entries], libraries, etcFiles })).slice(0, 16);
    const folder = await this.#folders.folder(name, (dir) => this.#write(dir, entries));
    const own = (path: string): Mount => ({ from: path, at: path });
    const links: Record<string, string> = {
      '/bin': 'usr/bin',
      '/sbin': 'usr/bin',
      '/usr/sbin': 'bin',
    };
    for (const path of mergedLinks) {
      const target = await readlink(path).catch(() => undefined);
      if (target !== undefined) links[path] = target;
    }
    return {
      mounts: [
        ...[...neededFolders, ...furtherFolders].filter((path) => existsSync(path)).map(own),
        { from: join(folder, 'bin'), at: '/usr/bin' },
        { from: join(folder, 'etc'), at: '/etc' },
      ],
      links,
    };
  }

  /** Folders of the machine with only these files in them. */
  development(folders: readonly string[], files: readonly string[]): Promise<Mount[]> {
    return developmentView(this.#folders, folders, files);
  }

  async #write(dir: string, entries: CommandEntries): Promise<void> {
    await writeCommands(entries, join(dir, 'bin'), join(this.#folders.root, commandPool));
    const etc = join(dir, 'etc');
    await mkdir(etc);
    for (const [name, text] of Object.entries(etcFiles)) await writeFile(join(etc, name), text);
    if (existsSync(libraryIndex)) await copyFile(libraryIndex, join(etc, 'ld.so.cache'));
  }
}
