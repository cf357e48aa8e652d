import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskUsage } from '../../../src/sandbox/disk-usage.js';
import { temporaryTree } from '../../support/temporary.js';

test('a file counts once whatever its names, links to elsewhere and other folders do not', async () => {
  const folder = await temporaryTree({ 'elsewhere/big': 'x'.repeat(1 << 20) });
  const counted = join(folder, 'counted');
  await mkdir(join(counted, 'inner/deep'), { recursive: true });
  const before = await diskUsage(counted);
  await writeFile(join(counted, 'inner/deep/file'), 'x'.repeat(1 << 20));
  await link(join(counted, 'inner/deep/file'), join(counted, 'name'));
  await symlink(join(folder, 'elsewhere'), join(counted, 'link'));
  const after = await diskUsage(counted);
  expect(after - before).toBeGreaterThanOrEqual(1 << 20);
  expect(after - before).toBeLessThan(1.5 * 2 ** 20);
  expect(await diskUsage(counted, [join(counted, 'inner')])).toBeGreaterThanOrEqual(1 << 20);
  expect(await diskUsage(join(folder, 'missing'))).toBe(0);
});
