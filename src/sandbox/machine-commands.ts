/** Some of the machine's commands, as a folder that contains those and no others. */
import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, readlink, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { temporaryBeside } from '../util/files.js';
import { sha256 } from '../util/hash.js';
import { interpreterIn } from '../util/shell-text.js';

/** Merged in every supported release of the distro: /bin is /usr/bin. */
const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

/** A command by its name in the folder: a file of the machine, or a link to something else. */
export type CommandEntry = { file: string; stamp: string } | { target: string };
export type CommandEntries = ReadonlyMap<string, CommandEntry>;

/** The commands of the build machine; each is looked up once. */
export class MachineCommands {
  readonly #entries = new Map<string, Promise<CommandEntry | undefined>>();
  readonly #interpreters = new Map<string, Promise<string | undefined>>();

  /**
   * The named commands and what they need: the steps of their links, and the interpreters of scripts. A
   * command that the machine does not have is left out.
   */
  async resolve(names: Iterable<string>): Promise<CommandEntries> {
    const entries = new Map<string, CommandEntry>();
    const wanted = [...names];
    for (const name of wanted) {
      if (entries.has(name)) continue;
      const entry = await remember(this.#entries, name, findCommand);
      if (!entry) continue;
      entries.set(name, entry);
      if ('file' in entry) {
        const interpreter = await remember(this.#interpreters, entry.file, interpreterOf);
        if (interpreter !== undefined) wanted.push(interpreter);
      } else if (!entry.target.includes('/')) {
        wanted.push(entry.target);
      }
    }
    return entries;
  }
}

function remember<Value>(
  cache: Map<string, Promise<Value>>,
  key: string,
  compute: (key: string) => Promise<Value>,
): Promise<Value> {
  const value = cache.get(key) ?? compute(key);
  cache.set(key, value);
  return value;
}

async function findCommand(name: string): Promise<CommandEntry | undefined> {
  for (const folder of folders) {
    const entry = await follow(join(folder, name));
    if (entry) return entry;
  }
  return undefined;
}

/** One step of a link is kept where it names another command; steps through /etc are skipped. */
async function follow(path: string): Promise<CommandEntry | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    if (stats.isFile()) {
      return { file: path, stamp: `${stats.ino} ${stats.size} ${stats.mtimeNs}` };
    }
    if (!stats.isSymbolicLink()) return undefined;
    const target = resolve(dirname(path), await readlink(path));
    if (folders.includes(dirname(target))) return { target: basename(target) };
    const next = await follow(target);
    return next && 'file' in next ? { target } : next;
  } catch {
    return undefined;
  }
}

async function interpreterOf(file: string): Promise<string | undefined> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return interpreterIn(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

/**
 * Writes the folder. Files are copied once into `pool` and linked from there: a further folder costs
 * next to nothing, and mounting it takes one mount instead of one for each command.
 */
export async function writeCommands(
  entries: CommandEntries,
  folder: string,
  pool: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await mkdir(pool, { recursive: true });
  for (const [name, entry] of entries) {
    if ('target' in entry) await symlink(entry.target, join(folder, name));
    else await linkCopy(entry, join(folder, name), pool);
  }
}

async function linkCopy(entry: { file: string; stamp: string }, to: string, pool: string) {
  const copy = join(pool, sha256(`${entry.file} ${entry.stamp}`).slice(0, 32));
  try {
    return await link(copy, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const staging = temporaryBeside(copy);
  try {
    await copyFile(entry.file, staging, constants.COPYFILE_FICLONE);
    // Not by rename: a quicker process may have linked its own copy already, and both are the same.
    await link(staging, copy).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await link(copy, to);
  } finally {
    await rm(staging, { force: true });
  }
}
