/** In what the second build of a check differs from the first. */
import { join } from 'node:path';
import type { Variation } from '../engine/environment/build-environment.js';
import type { BuildPaths } from '../engine/environment/build-paths.js';
import type { Unit } from '../plan/unit.js';
import type { SandboxKind } from '../sandbox/sandbox.js';
import type { Diagnostic } from '../util/diagnostic.js';

/** How far the clock of a second build is ahead: another year, month, day and day of the week. */
export const daysLater = 400;

/** The library that is preloaded into second builds, or why there is none. */
export type Preload = { file: string } | { lacking: Diagnostic[] };

/** What second builds vary, and what not, in words for people. */
export interface Varied {
  varied: string[];
  notVaried: string[];
}

/** The folders of the second build: of other lengths, and none of which stands where another did. */
const otherPaths = (recipe: string): BuildPaths => {
  const root = `/second-build/in-another-and-longer-folder/${recipe}-again`;
  return {
    root,
    source: join(root, 'source'),
    build: join(root, 'build'),
    dest: join(root, 'dest'),
    home: join(root, 'home'),
    sysroot: '/second-build/sysroot-of-it',
    tools: '/second-build/tools-of-it',
    prefix: '/second-build/toolchain-of-it',
    answers: '/second-build/answers-of-it',
    recipe: '/second-build/recipe-of-it',
  };
};

/** What differs in a unit's second build. */
export function variationOf(unit: Unit, preload: Preload): Variation {
  return {
    paths: otherPaths(unit.recipe.name),
    environment: {
      LC_ALL: 'C.UTF-8',
      LANG: 'C.UTF-8',
      TZ: 'ELSE-12:45',
      USER: 'somebody-else',
      LOGNAME: 'somebody-else',
    },
    identity: { uid: 4711, gid: 815, host: 'elsewhere' },
    preload: 'file' in preload ? { from: preload.file, at: '/second-build/preload.so' } : undefined,
  };
}

/** What all second builds have in common. `lacking`: why the preloaded library has no part in them. */
export function describeVariations(
  sandbox: SandboxKind,
  lacking: Diagnostic[] | undefined,
): Varied {
  const enclosed = sandbox !== 'none';
  const preloaded = [`the date (${daysLater} days later)`, 'the order of files in folders'];
  return {
    varied: [
      enclosed ? 'all folders that a build sees' : 'the folder of a build',
      'the number of jobs',
      'the locale (C.UTF-8)',
      'the time zone',
      enclosed ? 'user and host name' : 'the user by $USER and $LOGNAME',
      ...(lacking ? ['the time of day'] : preloaded),
    ],
    notVaried: [
      ...(lacking ? preloaded : []),
      ...(enclosed ? [] : ['the folders of toolchain and recipe', 'user ID and host name']),
      'the times that the kernel gives to files, apart from the time between the builds',
      ...(lacking ? [] : ['date and order of files for programs without a dynamic C library']),
      'anything but folder and time of day for images, which stubforge packs itself',
      'packages, processor and kernel of the machine',
    ],
  };
}
