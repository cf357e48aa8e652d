import { join } from 'node:path';
import { expect, test } from 'vitest';
import { developmentFiles } from '../../../src/machine/development-files.js';
import { PackageDatabase } from '../../../src/machine/package-database.js';
import { temporaryTree } from '../../support/temporary.js';

async function database() {
  const folder = await temporaryTree({
    status: `Package: zlib1g-dev
Status: install ok installed
Depends: zlib1g (= 1:1.2), libc6-dev | libc-dev

Package: libc6-dev
Status: install ok installed
Pre-Depends: linux-libc-dev

Package: perl
Status: install ok installed
`,
    'info/zlib1g-dev:amd64.list': '/.\n/usr/include\n/usr/include/zlib.h\n/usr/share/doc/zlib\n',
    'info/libc6-dev:amd64.list': '/usr/include/stdio.h\n',
    'info/linux-libc-dev.list': '/usr/include/linux/types.h\n',
    'info/perl.list': '/usr/include/perl.h\n',
  });
  return new PackageDatabase(join(folder, 'status'), join(folder, 'info'));
}

test('headers are those of the packages and of all that they depend on, alternatives too', async () => {
  expect(developmentFiles(await database(), ['zlib1g-dev'])).toEqual([
    '/usr/include/linux/types.h',
    '/usr/include/stdio.h',
    '/usr/include/zlib.h',
  ]);
});

test('a package that is not installed brings nothing', async () => {
  expect(developmentFiles(await database(), ['no-such-package'])).toEqual([]);
});

test('without a database nothing can be told apart', async () => {
  const folder = await temporaryTree();
  const none = new PackageDatabase(join(folder, 'status'), join(folder, 'info'));
  expect(developmentFiles(none, ['zlib1g-dev'])).toBeUndefined();
  expect(none.version('zlib1g-dev')).toBeUndefined();
});
