/** Local folders as sources: names, executable bits, link targets and contents count. */
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readlink,
  stat,
  symlink,
  utimes,
} from 'node:fs/promises';
import { join, posix } from 'node:path';
import { UserError } from '../util/diagnostic.js';
import { sha256File } from '../util/hash.js';
import { type HashedEntry, hashEntries } from '../util/tree-hash.js';

/** What version control keeps beside the content; it changes without the content changing. */
const versionControl = new Set(['.git', '.hg', '.svn', '.bzr', '_darcs', 'CVS']);

type Member =
  | Exclude<HashedEntry, { type: 'file' }>
  | { path: string; type: 'file'; executable: boolean };

/**
 * SHA-256 of a folder's content, without times, owners and the folders of version control. Throws
 * UserError when it cannot be read or contains something other than files, folders and links inside it.
 */
export async function hashFolder(root: string): Promise<string> {
  const entries: HashedEntry[] = [];
  for (const member of await listFolder(root)) {
    if (member.type !== 'file') entries.push(member);
    else entries.push({ ...member, sha256: await sha256File(join(root, member.path)) });
  }
  return hashEntries(entries);
}

/**
 * Copies what `hashFolder` counts to `to`, which must exist and be empty. Modes become 755 or 644 so
 * that they do not depend on the umask of whoever made the folder; the times of files are kept,
 * because make compares them.
 */
export async function copyFolder(root: string, to: string): Promise<void> {
  for (const member of await listFolder(root)) {
    const source = join(root, member.path);
    const target = join(to, member.path);
    if (member.type === 'directory') await mkdir(target);
    else if (member.type === 'symlink') await symlink(member.target, target);
    else {
      const stats = await lstat(source);
      await copyFile(source, target);
      await chmod(target, member.executable ? 0o755 : 0o644);
      await utimes(target, stats.atime, stats.mtime);
    }
  }
}

async function listFolder(root: string): Promise<Member[]> {
  const members: Member[] = [];
  const visit = async (folder: string) => {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    for (const entry of entries) {
      if (versionControl.has(entry.name)) continue;
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      const refuse = (what: string): never => {
        throw new UserError({
          id: 'source.unsupported-file',
          message: `the source folder contains ${what}`,
          span: { file: join(root, path) },
          help: 'remove it, or use a folder without it',
        });
      };
      if (entry.isDirectory()) {
        members.push({ path, type: 'directory' });
        await visit(path);
      } else if (entry.isSymbolicLink()) {
        const target = await readlink(join(root, path));
        const resolved = posix.normalize(posix.join(folder, target));
        if (target.startsWith('/') || resolved === '..' || resolved.startsWith('../')) {
          refuse(`a link that leads out of it (to ${JSON.stringify(target)})`);
        }
        members.push({ path, type: 'symlink', target });
      } else if (entry.isFile()) {
        const { mode } = await lstat(join(root, path));
        members.push({ path, type: 'file', executable: (mode & 0o100) !== 0 });
      } else {
        refuse('something other than files, folders and links');
      }
    }
  };
  try {
    if (!(await stat(root)).isDirectory()) {
      throw new UserError({
        id: 'source.not-a-folder',
        message: 'the source is not a folder',
        span: { file: root },
      });
    }
    await visit('');
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (error instanceof UserError || code === undefined) throw error;
    const span = { file: path ?? root };
    throw new UserError(
      code === 'ENOENT'
        ? { id: 'source.missing-folder', message: 'the source folder does not exist', span }
        : {
            id: 'source.unreadable-folder',
            message: `cannot read the source folder (${code})`,
            span,
          },
    );
  }
  return members;
}
