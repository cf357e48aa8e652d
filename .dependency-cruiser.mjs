import { layers } from './tools/layers.mjs';

/** @param {readonly string[]} names */
const folder = (names) => `^src/(?:${names.join('|')})/`;

/** No folder imports one of its own row or of a higher one. */
const layerRules = layers.flatMap(({ folders }, row) =>
  folders.map((name) => {
    const higher = layers.slice(row).flatMap((each) => each.folders);
    return {
      name: `layer-of-${name}`,
      comment: `${name} may import lower layers only; tools/layers.mjs lists them`,
      severity: 'error',
      from: { path: folder([name]) },
      to: { path: folder(higher.filter((each) => each !== name)) },
    };
  }),
);

export default {
  forbidden: [
    ...layerRules,
    {
      name: 'no-circles',
      comment: 'of two files that import each other neither can be understood alone',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'known-folders',
      comment: 'a new folder of src/ needs a row in tools/layers.mjs',
      severity: 'error',
      from: {},
      to: {
        path: '^src/',
        pathNot: folder(layers.flatMap((each) => each.folders)),
      },
    },
    {
      name: 'commands-apart',
      comment:
        'no command imports another; what they share is a use case in app/, or beside them in cli/',
      severity: 'error',
      from: { path: '^src/cli/commands/([^/]+)$' },
      to: { path: '^src/cli/commands/', pathNot: '^src/cli/commands/$1$' },
    },
    {
      name: 'source-knows-no-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(?:test|bench|tools)/' },
    },
    {
      name: 'tests-of-one-kind',
      comment: 'helpers that several kinds of tests need lie in test/support',
      severity: 'error',
      from: { path: '^test/(unit|integration|build|boot|exhaustive)/' },
      to: { path: '^test/', pathNot: '^test/(?:$1|support)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|node_modules)/' },
  },
};
