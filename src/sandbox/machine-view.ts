/** What a sandbox sees of the machine that it runs on. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryBeside } from '../util/files.js';
import { canonicalJson, sha256 } from '../util/hash.js';
import { resolveCommands, writeCommands } from './machine-commands.js';
import type { Mount, View } from './sandbox.js';

/** What the machine's commands need to run: libraries, helpers that no PATH leads to, data. */
const neededFolders = ['/usr/lib', '/usr/lib32', '/usr/libx32', '/usr/lib64'];
const furtherFolders = ['/usr/libexec', '/usr/share'];

/** The links of a merged /usr, and the folder that both kinds of commands are in here. */
const mergedLinks = ['/lib', '/lib32', '/libx32', '/lib64'];

/** Users and hosts as the sandbox tells them; nothing in it names the machine. */
const etcFiles: Readonly<Record<string, string>> = {
  passwd:
    'root:x:0:0:root:/:/bin/sh\nbuild:x:1000:1000:build:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  group: 'root:x:0:\nbuild:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost stubforge\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
};

/** Without it, libraries in folders that only the distro knows are not found. */
const libraryIndex = '/etc/ld.so.cache';

export interface MachineView {
  /** Names of commands; what the machine does not have is left out. */
  commands: Iterable<string>;
}

/** In `state`, the folder of the files that the folders with commands have links to. */
export const commandPool = 'commands';

/** Folders being written by this process, so that units that start together share one. */
const underway = new Map<string, Promise<string>>();

/** The part of a view that comes from the machine. `state` keeps the folders with commands. */
export async function machineView(state: string, wanted: MachineView): Promise<View> {
  const entries = await resolveCommands(wanted.commands);
  const libraries = await stat(libraryIndex).then(
    ({ mtimeMs, size }) => [mtimeMs, size],
    () => [],
  );
  const name = sha256(canonicalJson({ entries: [...entries], libraries, etcFiles })).slice(0, 16);
  const folder = join(state, name);
  let written = underway.get(folder);
  if (!written) {
    written = writeHostFolder(folder, join(state, commandPool), entries);
    underway.set(folder, written);
    written.finally(() => underway.delete(folder)).catch(() => {});
  }
  await written;
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

async function writeHostFolder(
  folder: string,
  pool: string,
  entries: Awaited<ReturnType<typeof resolveCommands>>,
): Promise<string> {
  if (existsSync(folder)) {
    // Its time says when it was used last, for `store gc`; somebody else's may not be touched.
    await utimes(folder, new Date(), new Date()).catch(() => {});
    return folder;
  }
  const staging = temporaryBeside(folder);
  try {
    await writeCommands(entries, join(staging, 'bin'), pool);
    const etc = join(staging, 'etc');
    await mkdir(etc);
    for (const [name, text] of Object.entries(etcFiles)) await writeFile(join(etc, name), text);
    if (existsSync(libraryIndex)) await copyFile(libraryIndex, join(etc, 'ld.so.cache'));
    await rename(staging, folder).catch((error) => {
      // Another process was quicker with the same folder.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return folder;
}
