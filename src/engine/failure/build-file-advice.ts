/** Which build system fits a source in which the one that its recipe names finds nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltUnit } from '../../plan/unit.js';
import { namesIn } from '../../util/files.js';
import type { Workspace } from '../unit/workspace.js';
import type { Advice } from './advice.js';

/** Each build system by the file that it starts from, the one most likely to work first. */
const systems: readonly (readonly [file: string, system: string])[] = [
  ['configure', 'autotools'],
  ['meson.build', 'meson'],
  ['CMakeLists.txt', 'cmake'],
  ['GNUmakefile', 'make'],
  ['Makefile', 'make'],
  ['makefile', 'make'],
];
const autoconfInputs = ['configure.ac', 'configure.in'];
const autoconfScripts = ['autogen.sh', 'bootstrap', 'bootstrap.sh', 'buildconf'];

/** What to do without the file `missing`, e.g. `configure`, by what the source has instead. */
export function buildFileAdvice(
  unit: BuiltUnit,
  missing: string,
  { source }: Pick<Workspace, 'source'>,
): Advice {
  const [folder = '.'] = unit.recipe.inputs.folder ?? [];
  const has = (file: string) => existsSync(join(source, folder, file));
  const found: string[] = [];
  const ways: string[] = [];
  for (const [file, system] of systems) {
    if (file === missing || !has(file)) continue;
    found.push(file);
    const way = `write \`build: ${system}\` in its recipe`;
    if (!ways.includes(way)) ways.push(way);
  }
  const inputs = [...autoconfInputs, ...autoconfScripts].filter(has);
  if (inputs.length > 0 && !has('configure')) {
    found.push(...inputs);
    const script = autoconfScripts.find(has);
    const run = script === undefined ? 'autoreconf -i' : `autoreconf -i (or its ${script})`;
    ways.push(
      `let a phase run ${run} before configure, in a build system of its own or by \`build: script\`, with \`build-tools: [autoconf, automake, libtool, make]\``,
    );
  }
  for (const name of namesIn(join(source, folder)).sort()) {
    if (!has(join(name, missing))) continue;
    found.push(join(name, missing));
    ways.unshift(`write \`folder: ${join(folder, name)}\` in its recipe`);
  }
  return {
    id: missing === 'configure' ? 'failure.no-configure' : 'failure.no-build-file',
    cause: `the source of ${unit.recipe.name} has no ${missing === 'configure' ? 'configure script' : missing}${
      folder === '.' ? '' : ` in ${folder}`
    }${found.length > 0 ? `, but it has ${listed(found)}` : ''}`,
    help:
      ways.length > 0
        ? ways.join('; or ')
        : `see how it is built: stubforge shell ${unit.name}; \`build: script\` takes any commands`,
    field: 'build',
  };
}

const listed = (names: readonly string[]) =>
  names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
