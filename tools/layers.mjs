/**
 * The layers of `src/`, from the bottom to the top. A folder may import those of lower rows, and of its
 * own row none but itself. `npm run check` holds the code against this list, and docs/architecture.md
 * has its picture.
 */
export const layers = [
  { folders: ['util'], what: 'files, hashes, locks, diagnostics: nothing that knows of stubforge' },
  {
    folders: ['events', 'yaml'],
    what: 'what happens, in words; YAML with the position of every value',
  },
  { folders: ['project'], what: 'where a project has its data, and where its state lies' },
  { folders: ['machine'], what: 'the build machine: its commands, packages and versions' },
  {
    folders: ['sandbox', 'source', 'store', 'toolchain'],
    what: 'what encloses a build; sources; outputs; compilers and their prefixes',
  },
  { folders: ['configsub', 'recipe'], what: 'patches of config.sub; recipes and build systems' },
  { folders: ['artifacts'], what: 'what is assembled from outputs: bootable images' },
  { folders: ['lab', 'plan'], what: 'booting images; which unit is stale, and why' },
  { folders: ['engine'], what: 'runs a plan: scheduler, jobserver, build environments, failures' },
  { folders: ['export', 'repro'], what: 'builds as scripts; builds done twice and compared' },
  { folders: ['app', 'ui'], what: 'the use cases, for programs; how events look to people' },
  { folders: ['cli'], what: 'flags and printing, one file a command' },
];

/**
 * The row of a folder of `src/`.
 * @param {string} folder
 */
export const rowOf = (folder) => layers.findIndex(({ folders }) => folders.includes(folder));
