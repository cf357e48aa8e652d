import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { sha256 } from '../../src/util/hash.js';

/** A key of the test's own. */
export interface Key {
  sign(text: string): Promise<string>;
  /** The public key, as apt's Signed-By wants it. */
  keyring: string;
  fingerprint: string;
  forget(): Promise<void>;
}

export async function makeKey(dir: string): Promise<Key> {
  await mkdir(dir, { mode: 0o700, recursive: true });
  const gpg = (words: string[], input?: string) =>
    execa('gpg', ['--homedir', dir, '--batch', '--quiet', ...words], { input });
  await gpg(['--passphrase', '', '--quick-generate-key', 'Test <test@example.org>', 'ed25519']);
  const keyring = join(dir, 'keyring.asc');
  await writeFile(keyring, (await gpg(['--armor', '--export'])).stdout);
  const listing = (await gpg(['--with-colons', '--list-keys'])).stdout;
  return {
    keyring,
    fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(listing)![1]!,
    sign: async (text) => (await gpg(['--clearsign'], text)).stdout,
    forget: async () => void (await execa('gpgconf', ['--homedir', dir, '--kill', 'all'])),
  };
}

/** Builds a source package `sample` with one patch by dpkg-source, and gives its files. */
export async function buildPackage(dir: string, version: string): Promise<Map<string, Buffer>> {
  const [upstream] = version.split('-');
  const top = `sample-${upstream}`;
  const tree = join(dir, top);
  const write = async (path: string, text: string) => {
    await mkdir(join(tree, path, '..'), { recursive: true });
    await writeFile(join(tree, path), text);
  };
  await write('hello.c', 'before\n');
  const orig = `sample_${upstream}.orig.tar.gz`;
  await execa('tar', ['-czf', orig, top], { cwd: dir });
  await write('debian/source/format', '3.0 (quilt)\n');
  await write(
    'debian/control',
    'Source: sample\nMaintainer: T <t@example.org>\n\nPackage: sample\nArchitecture: any\n' +
      'Description: sample\n',
  );
  await write(
    'debian/changelog',
    `sample (${version}) stable; urgency=low\n\n  * Made.\n\n` +
      ' -- T <t@example.org>  Sun, 09 Sep 2001 01:46:40 +0000\n',
  );
  await write('debian/patches/series', 'after.patch\n');
  await write(
    'debian/patches/after.patch',
    '--- a/hello.c\n+++ b/hello.c\n@@ -1 +1 @@\n-before\n+after\n',
  );
  await execa('dpkg-source', ['-b', top], { cwd: dir });
  const names = [orig, `sample_${version}.dsc`, `sample_${version}.debian.tar.xz`];
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name))] as const)),
  );
}

export interface Published {
  origin: string;
  suite: string;
  packages: { version: string; files: Map<string, Buffer> }[];
}

/** The files of an archive with these packages, by their paths below `/<name>/`. */
export async function publish(
  name: string,
  { origin, suite, packages }: Published,
  sign: (text: string) => Promise<string>,
): Promise<Map<string, Buffer | string>> {
  const served = new Map<string, Buffer | string>();
  const directory = 'pool/main/s/sample';
  const stanzas = packages.map(({ version, files }) => {
    const checksums = [...files].map(([file, content]) => {
      served.set(`/${name}/${directory}/${file}`, content);
      return ` ${sha256(content)} ${content.length} ${file}`;
    });
    return [
      'Package: sample',
      'Format: 3.0 (quilt)',
      `Version: ${version}`,
      `Directory: ${directory}`,
      'Checksums-Sha256:',
      ...checksums,
      '',
    ].join('\n');
  });
  const sources = stanzas.join('\n');
  const release = [
    `Origin: ${origin}`,
    `Label: ${origin}`,
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    'Date: Sun, 09 Sep 2001 01:46:40 UTC',
    'Architectures: amd64',
    'Components: main',
    'SHA256:',
    ` ${sha256(sources)} ${sources.length} main/source/Sources`,
    '',
  ].join('\n');
  served.set(`/${name}/dists/${suite}/main/source/Sources`, sources);
  served.set(`/${name}/dists/${suite}/InRelease`, await sign(release));
  return served;
}
