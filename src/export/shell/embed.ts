/** Files as parts of a shell script. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { shellQuote } from '../../util/shell-text.js';

/** A command with the bytes on its standard input: as they are where they are lines of text. */
export function withInput(command: string, bytes: Buffer): string {
  const text = bytes.toString('utf8');
  const isText =
    (text === '' || text.endsWith('\n')) && !text.includes('\0') && Buffer.from(text).equals(bytes);
  if (isText) return hereDocument(command, text);
  const lines = bytes.toString('base64').replace(/.{76}/g, '$&\n');
  return hereDocument(`base64 -d`, `${lines}\n`, ` | ${command}`);
}

/** The delimiter is quoted, so that the shell takes nothing of the text for its own. */
function hereDocument(command: string, text: string, rest = ''): string {
  const lines = new Set(text.split('\n'));
  let end = 'END';
  for (let count = 1; lines.has(end); count++) end = `END_${count}`;
  return `${command} <<'${end}'${rest}\n${text}${end}\n`;
}

/**
 * Commands that make a tree below a folder, which is given as shell text such as `"$source"`. Of the
 * modes only the execute permission counts. Version control's folders are left out.
 */
export function writeTree(root: string, folder: string): string {
  const at = (path: string) => `${folder}/${shellQuote(path)}`;
  return entriesOf(root, '')
    .map(({ path, kind }) => {
      const from = join(root, path);
      if (kind === 'folder') return `mkdir -p ${at(path)}\n`;
      if (kind === 'link') return `ln -s ${shellQuote(readlinkSync(from))} ${at(path)}\n`;
      return writeFileText(from, at(path));
    })
    .join('');
}

/** The command that writes one file; `target` is shell text. */
export function writeFileText(from: string, target: string): string {
  const mode = lstatSync(from).mode & 0o100 ? '755' : '644';
  return withInput(`write ${mode} ${target}`, readFileSync(from));
}

const versionControl = new Set(['.git', '.hg', '.svn', '.bzr', '_darcs', 'CVS']);

function entriesOf(root: string, folder: string): { path: string; kind: string }[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (versionControl.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) return [{ path, kind: 'link' }];
    if (!entry.isDirectory()) return [{ path, kind: 'file' }];
    return [{ path, kind: 'folder' }, ...entriesOf(root, path)];
  });
}
