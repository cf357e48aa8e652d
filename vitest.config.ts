import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * The kinds of tests, by what they need, from the quickest to the most thorough. `npm test` runs all;
 * of the last one only a sample, unless `STUBFORGE_EXHAUSTIVE` is set as `npm run test:exhaustive` does.
 */
const minute = 60_000;
const setup = { globalSetup: 'test/support/global-setup.ts' };

export default defineConfig({
  test: {
    // The default leaves a processor to a watching developer, which on two processors is one of two.
    maxWorkers: availableParallelism(),
    projects: [
      // Nothing but Node.js: no network, no packages of the machine, no compiler.
      tier('unit', { testTimeout: minute }),
      // Programs of the machine and local servers, side by side, each in a folder of its own.
      tier('integration', { ...setup, testTimeout: 2 * minute, hookTimeout: 2 * minute }),
      // Real recipes are built, in a state folder that all tests share.
      tier('build', { ...setup, ...oneByOne(20) }),
      // Images are booted in emulated machines.
      tier('boot', { ...setup, ...oneByOne(20) }),
      tier('exhaustive', { ...setup, ...oneByOne(60) }),
    ],
  },
});

function tier(name: string, options: object) {
  return {
    extends: true as const,
    test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
  };
}

/** One file after the other: what runs in them uses all processors. */
function oneByOne(minutes: number) {
  return {
    fileParallelism: false,
    testTimeout: minutes * minute,
    hookTimeout: minutes * minute,
  };
}
