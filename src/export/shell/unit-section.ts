/** One unit as a piece of a shell script that builds it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandsOfUnit } from '../../engine/environment/build-environment.js';
import { prefixMap } from '../../engine/environment/build-paths.js';
import { workspaceIn } from '../../engine/unit/workspace.js';
import { NATIVE, parseUnit, unitFileName } from '../../events/unit-id.js';
import type { BuiltUnit } from '../../plan/unit.js';
import { urlFile } from '../../source/fetch-sources.js';
import { type Lock, requireLocked } from '../../source/lock-file.js';
import { UserError } from '../../util/diagnostic.js';
import { shellQuote } from '../../util/shell-text.js';
import { withInput, writeTree } from './embed.js';

/** Stands in scripts for the folder that is only known when they run; see functions.sh. */
export const workMarker = '@STUBFORGE_WORK@';
const jobsMarker = '@STUBFORGE_JOBS@';

/** What only the unpacked source tells. */
export interface PreparedSource {
  /** SOURCE_DATE_EPOCH in seconds. */
  date: number;
  /** Diffs of what was patched in config.sub, by the path of each copy; one byte a character. */
  patched: readonly { path: string; diff: string }[];
}

/** The commands between `begin` and `finish` for a unit with phases. */
export function builtSection(unit: BuiltUnit, lock: Lock, prepared: PreparedSource): string {
  const { recipe } = unit;
  const root = `${workMarker}/build/${unitFileName(unit.name)}`;
  const workspace = { ...workspaceIn(root, ''), tmp: join(root, 'home') };
  const prefix = `${workMarker}/${unit.prefixUnits.length > 0 ? 'prefix' : 'prefix-bare'}`;
  const paths = {
    ...workspace,
    prefix: unit.toolchain ? prefix : '',
    answers: unit.answersUnit ? `${workMarker}/out/${unitFileName(unit.answersUnit)}` : '',
    recipe: join(root, 'recipe'),
  };
  const commands = commandsOfUnit(unit, paths, {
    date: prepared.date,
    jobs: jobsMarker,
    prefixMap: prefixMap(unit, workspace, paths.prefix),
  });
  const variables = Object.entries(commands.environment)
    .map(([name, value]) => `export ${name}=${shellQuote(value)}\n`)
    .join('');
  const folder = commands.directory === workspace.source ? '"$source"' : '"$build"';
  return [
    unpacking(unit, lock),
    recipe.overlay ? writeTree(recipe.overlay, '"$source"') : '',
    ...recipe.patches.map((patch) => withInput('patch_source', readFileSync(patch.file))),
    ...prepared.patched.map(({ path, diff }) =>
      withInput(`patch_config_sub ${shellQuote(path)}`, Buffer.from(`${diff}\n`, 'latin1')),
    ),
    ownFolder(unit, commands.phases),
    ...seen(unit),
    withInput('environment', Buffer.from(variables)),
    ...commands.phases.map(({ name, script, jobs }) =>
      withInput(`phase ${name} ${folder} ${jobs ?? 'one'}`, Buffer.from(`${script.trimEnd()}\n`)),
    ),
    ...promises(unit),
  ].join('');
}

function unpacking({ recipe }: BuiltUnit, lock: Lock): string {
  const source = recipe.source;
  const find = (file: { name: string; sha256: string }) =>
    `source_file ${shellQuote(file.name)} ${file.sha256}\n`;
  switch (source.type) {
    case 'debian': {
      const { files, unpatched } = requireLocked(source, lock);
      if (unpatched) return `${find(files[0]!)}unpack_archive\n`;
      const description = files.find((file) => file.name.endsWith('.dsc'))!;
      return [
        'mkdir "$root/files"\n',
        ...files.map(
          (file) => `${find(file)}ln -s "$file" "$root/files/"${shellQuote(file.name)}\n`,
        ),
        `unpack_source_package ${shellQuote(description.name)}\n`,
      ].join('');
    }
    case 'debian-binary':
      return `${find(requireLocked(source, lock).files[0]!)}unpack_binary_package\n`;
    case 'url':
      return `${find(urlFile(source))}unpack_archive\n`;
    case 'local':
      return `mkdir "$source"\n${writeTree(source.path, '"$source"')}date_source\n`;
    case 'git':
      throw new UserError({
        id: 'export.git-source',
        message: `${recipe.name} comes from git, which the script could not check without a network`,
        span: { file: recipe.file, field: 'source.git' },
        help: 'name an archive of the commit: source: { url: …, sha256: … }',
      });
    default:
      return source satisfies never;
  }
}

/** The folder of the recipe's own files, where its phases name it. */
function ownFolder({ recipe }: BuiltUnit, phases: readonly { script: string }[]): string {
  const folder = join(dirname(recipe.file), recipe.name);
  const named = phases.some(({ script }) =>
    /recipe_dir|\/recipe\//.test(script.replaceAll(/^recipe_dir=.*$/gm, '')),
  );
  return named && existsSync(folder)
    ? `mkdir -p "$root"/recipe/${shellQuote(recipe.name)}\n${writeTree(folder, `"$root"/recipe/${shellQuote(recipe.name)}`)}`
    : '';
}

/** What the unit sees of others' outputs. */
function seen(unit: BuiltUnit): string[] {
  const native = (name: string) => parseUnit(name).architecture === NATIVE;
  const all = [...unit.toolchainUnits, ...unit.sees];
  const lay = (folder: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [
          `see "$root/${folder}" ${names.map((name) => shellQuote(unitFileName(name))).join(' ')}\n`,
        ];
  return [
    ...lay(
      'sysroot',
      all.filter((name) => !native(name)),
    ),
    ...lay('tools', all.filter(native)),
  ];
}

function promises({ recipe: { provides } }: BuiltUnit): string[] {
  const line = (...paths: string[]) => `promised ${paths.map(shellQuote).join(' ')}\n`;
  return [
    ...provides.pkgconfig.map((name) =>
      line(`usr/lib/pkgconfig/${name}.pc`, `usr/share/pkgconfig/${name}.pc`),
    ),
    ...provides.libraries.map((name) => line(`usr/lib/${name}`, `lib/${name}`)),
    ...provides.headers.map((name) => line(`usr/include/${name}`)),
    ...provides.files.map((name) => line(name)),
  ];
}
