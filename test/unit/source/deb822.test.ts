import { expect, test } from 'vitest';
import { findStanzas, parseChecksums } from '../../../src/source/deb822.js';

const index = Buffer.from(
  [
    'Package: zlib',
    'Version: 1.0-1',
    'Checksums-Sha256:',
    ` ${'a'.repeat(64)} 12 zlib_1.0-1.dsc`,
    ` ${'b'.repeat(64)} 345 zlib_1.0.orig.tar.gz`,
    'Directory: pool/main/z/zlib',
    '',
    'Package: zlib-ng',
    'Description: not Package: zlib',
    '',
    'Package: zlib',
    'Version: 2.0-1',
    '',
  ].join('\n'),
);

test('finds all stanzas of exactly one package', () => {
  const stanzas = findStanzas(index, 'zlib');
  expect(stanzas.map((stanza) => stanza.get('version'))).toEqual(['1.0-1', '2.0-1']);
  expect(findStanzas(index, 'zlib-ng')).toHaveLength(1);
  expect(findStanzas(index, 'lib')).toEqual([]);
});

test('reads checksums', () => {
  const [stanza] = findStanzas(index, 'zlib');
  expect(parseChecksums(stanza!.get('checksums-sha256')!)).toEqual([
    { sha256: 'a'.repeat(64), size: 12, name: 'zlib_1.0-1.dsc' },
    { sha256: 'b'.repeat(64), size: 345, name: 'zlib_1.0.orig.tar.gz' },
  ]);
});
