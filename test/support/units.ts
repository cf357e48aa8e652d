import { join } from 'node:path';
import type { BuiltUnit } from '../../src/plan/unit.js';
import { packageRoot } from '../../src/project/project.js';
import { evaluateLimits } from '../../src/recipe/written-limits.js';
import { loadToolchain } from '../../src/toolchain/load-toolchains.js';

const nub = loadToolchain(join(packageRoot, 'toolchains/nub/toolchain.yaml'));

/** A unit of a library `pkg`, built with nub, that differs in these fields of its recipe. */
export const unit = (recipe: Partial<BuiltUnit['recipe']> = {}): BuiltUnit => ({
  id: { recipe: 'pkg', architecture: 'stubdom-amd64' },
  name: 'pkg:stubdom-amd64',
  architecture: 'stubdom-amd64',
  toolchain: nub.target('stubdom-amd64'),
  buildSystem: {
    name: 'autotools',
    file: '/p/recipes/build-systems/autotools.yaml',
    summary: '',
    buildTools: [],
    inTree: false,
    inputs: {},
    phases: [],
  },
  needs: [],
  sees: [],
  toolchainUnits: [],
  prefixUnits: [],
  recipe: {
    name: 'pkg',
    kind: 'library',
    summary: 'a package',
    file: '/p/recipes/pkg.yaml',
    source: { type: 'debian', package: 'pkg' },
    build: 'autotools',
    inputs: {},
    needs: [],
    buildTools: [],
    patches: [],
    environment: {},
    provides: { pkgconfig: [], libraries: [], headers: [], files: [] },
    limits: evaluateLimits(),
    buildMemory: 0,
    bootstrap: false,
    ...recipe,
  },
});
