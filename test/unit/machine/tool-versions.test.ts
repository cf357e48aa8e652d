import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PackageDatabase } from '../../../src/machine/package-database.js';
import { ToolVersions } from '../../../src/machine/tool-versions.js';
import { temporaryTree } from '../../support/temporary.js';

const database = `Package: make
Status: install ok installed
Version: 4.3-4.1
Description: make
 Package: not-this

Package: sed
Status: deinstall ok config-files
Version: 4.9-1

Package: libc6
Status: hold ok installed
Architecture: amd64
Version: 2.36-9
`;

const packagesOf = async (text: string) =>
  new PackageDatabase(join(await temporaryTree({ status: text }), 'status'));

test("versions come from dpkg's database, of installed packages only", async () => {
  const packages = await packagesOf(database);
  expect(packages.version('make')).toBe('4.3-4.1');
  expect(packages.version('libc6')).toBe('2.36-9');
  expect(packages.version('sed')).toBeUndefined();
  expect(packages.version('not-this')).toBeUndefined();
});

test('a command is named by its package, or by its content where no package brings it', async () => {
  const known = new ToolVersions(await packagesOf(database));
  expect(known.versions(['make'])).toEqual({ make: 'make 4.3-4.1' });
  const unknown = new ToolVersions(await packagesOf(''));
  expect(unknown.versions(['sh']).sh).toMatch(/^SHA-256 [0-9a-f]{64}$/);
  expect(unknown.versions(['no-such-command-anywhere'])).toEqual({});
});

test('a command whose package has another name is found by it', async () => {
  const packages = await packagesOf('Package: dash\nStatus: install ok installed\nVersion: 1\n');
  expect(new ToolVersions(packages).versions(['sh'])).toEqual({ sh: 'dash 1' });
});
