/** Where things are in a toolchain's prefix; the wrappers in it count on the same places. */
import { join } from 'node:path';
import type { ToolchainArchitecture } from './toolchain.js';

type Triple = Pick<ToolchainArchitecture, 'triple'>;

/** Commands, all named `<triple>-…`; several architectures share the folder. */
export const binDir = (prefix: string) => join(prefix, 'bin');

/** The sysroot that the wrappers use unless $STUBFORGE_SYSROOT names another. */
export const sysrootDir = (prefix: string, { triple }: Triple) => join(prefix, triple, 'sysroot');

/** Specs, the meson cross file, the CMake toolchain file and config.site. */
export const filesDir = (prefix: string, { triple }: Triple) =>
  join(prefix, 'share', 'stubforge', triple);

/** libgcc alone, as links into the compiler's own folder. */
export const libgccDir = (prefix: string, { triple }: Triple) => join(prefix, 'lib', 'gcc', triple);

export const mesonCrossFile = (prefix: string, architecture: Triple) =>
  join(filesDir(prefix, architecture), 'meson-cross.ini');

export const cmakeToolchainFile = (prefix: string, architecture: Triple) =>
  join(filesDir(prefix, architecture), 'toolchain.cmake');

export const configSite = (prefix: string, architecture: Triple) =>
  join(filesDir(prefix, architecture), 'config.site');
