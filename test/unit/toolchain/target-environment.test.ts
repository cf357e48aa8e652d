import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/project/project.js';
import { loadToolchain } from '../../../src/toolchain/load-toolchains.js';

const nub = loadToolchain(join(packageRoot, 'toolchains/nub/toolchain.yaml'));
const i386 = nub.target('stubdom-i386');

test('tools go by the triple, and PATH holds the prefix and the distro’s folders only', () => {
  const { environment, values } = i386.environment({ prefix: '/p', sysroot: '/s' });
  expect(environment).toMatchObject({
    CC: 'i686-xen-stubdom-gcc',
    PKG_CONFIG: 'i686-xen-stubdom-pkg-config',
    PATH: '/p/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    STUBFORGE_SYSROOT: '/s',
  });
  expect(environment).not.toHaveProperty('STUBFORGE_PREFIX_MAP');
  // A configure script that finds one reads it, so that only those get one that are to.
  expect(environment).not.toHaveProperty('CONFIG_SITE');
  expect(values).toEqual({
    triple: 'i686-xen-stubdom',
    cpu: 'i686',
    'meson-cross-file': '/p/share/stubforge/i686-xen-stubdom/meson-cross.ini',
    'cmake-toolchain-file': '/p/share/stubforge/i686-xen-stubdom/toolchain.cmake',
    'config-site': '',
    'meson-answers': '',
    'cmake-answers': '',
  });
});

test('answers are named where there are some', () => {
  const { values } = i386.environment({ prefix: '/p', answers: '/a' });
  expect(values).toMatchObject({
    'config-site': '/a/config.site',
    'meson-answers': '/a/meson-answers.ini',
    'cmake-answers': '/a/cmake-answers.cmake',
  });
});

test('a folder within another one is mapped before it', () => {
  const { environment } = i386.environment({
    prefix: '/p',
    prefixMap: { '/w': '/work', '/w/source/build': '/b', '/w/source': '/src' },
  });
  expect(environment.STUBFORGE_PREFIX_MAP).toBe('/w/source/build=/b:/w/source=/src:/w=/work');
  expect(environment.STUBFORGE_SYSROOT).toBe('/p/i686-xen-stubdom/sysroot');
});
