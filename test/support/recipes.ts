/**
 * What the end-to-end tests build for both architectures, once here and once in another folder.
 * QEMU has a test of its own: a build of it takes as long as all of these together.
 */
export const libraries = [
  'zlib',
  'bzip2',
  'xz-utils',
  'pcre2',
  'pixman',
  'expat',
  'zstd',
  'libffi',
  'glib2.0',
  'xen-libs',
];
export const everything = [
  ...libraries,
  'hello',
  'zlib-selftest',
  'xen-hypervisor',
  'xen-hypervisor-pv32',
];
