import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../util/diagnostic.js';

/**
 * The unified diff between two texts (one byte per character), with `a/path` and `b/path` as
 * `patch -p1` wants them. Empty where they are equal.
 */
export async function unifiedDiff(path: string, before: string, after: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stubforge-diff-'));
  try {
    await writeFile(join(folder, 'before'), before, 'latin1');
    await writeFile(join(folder, 'after'), after, 'latin1');
    const labels = ['--label', `a/${path}`, '--label', `b/${path}`];
    const result = await execa('diff', ['-u', ...labels, 'before', 'after'], {
      cwd: folder,
      encoding: 'latin1',
      reject: false,
    });
    // 1 means that there are differences; above that, diff itself has failed.
    if (result.exitCode === undefined || result.exitCode > 1) {
      throw new UserError({
        id: 'config-sub.diff-failed',
        message: 'cannot run diff',
        details: [result.stderr || result.shortMessage || ''],
        help: 'install the package diffutils',
      });
    }
    return result.stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
