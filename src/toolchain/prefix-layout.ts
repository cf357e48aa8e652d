/** Where things are in a toolchain's prefix; the wrappers in it rely on the same paths. */
import { join } from 'node:path';
import type { ToolchainArchitecture } from './toolchain-description.js';

type Triple = Pick<ToolchainArchitecture, 'triple'>;

/** Commands, all named `<triple>-…`; several architectures share the folder. */
export const binDir = (prefix: string) => join(prefix, 'bin');

/** The sysroot that the wrappers use unless $STUBFORGE_SYSROOT names another. */
export const sysrootDir = (prefix: string, { triple }: Triple) => join(prefix, triple, 'sysroot');

/** Specs, the meson cross file and the CMake toolchain file; in an installed prefix the answers too. */
export const filesDir = (prefix: string, { triple }: Triple) =>
  join(prefix, 'share', 'stubforge', triple);

/** libgcc alone, as links into the compiler's own folder. */
export const libgccDir = (prefix: string, { triple }: Triple) => join(prefix, 'lib', 'gcc', triple);

export const mesonCrossFile = (prefix: string, architecture: Triple) =>
  join(filesDir(prefix, architecture), 'meson-cross.ini');

export const cmakeToolchainFile = (prefix: string, architecture: Triple) =>
  join(filesDir(prefix, architecture), 'toolchain.cmake');

/**
 * The files in the output of a toolchain's answers, by the values that name them in phases. A unit
 * whose phases name one of these depends on the answers.
 */
export const answerFiles = {
  'config-site': 'config.site',
  'meson-answers': 'meson-answers.ini',
  'cmake-answers': 'cmake-answers.cmake',
} as const;
