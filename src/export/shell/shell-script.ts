/** A plan as one shell script, which builds the same bytes with neither Node nor stubforge. */
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../engine/engine.js';
import { prepareSource } from '../../engine/unit/prepare-source.js';
import { UnitLog } from '../../engine/unit/unit-log.js';
import { workspaceOf } from '../../engine/unit/workspace.js';
import { unitFileName } from '../../events/unit-id.js';
import { type BuiltUnit, dependencies, isBuiltUnit, type Unit } from '../../plan/unit.js';
import { packageRoot } from '../../project/project.js';
import { isArtifact, recipeSources } from '../../recipe/recipe.js';
import { fetchSources } from '../../source/fetch-sources.js';
import { writeFileAtomic } from '../../util/files.js';
import { canonicalJson, sha256 } from '../../util/hash.js';
import { shellQuote } from '../../util/shell-text.js';
import type { Exporter, ExportRequest } from '../exporter.js';
import { artifactReport, artifactSection, helpersOf } from './artifact-section.js';
import { withInput } from './embed.js';
import { bareSection, fullSection } from './toolchain-section.js';
import { builtSection, type PreparedSource } from './unit-section.js';

/** By this line a script is known as one that may be written again. */
const writtenBy = '# Written by: stubforge export';

export const shellExporter: Exporter = {
  name: 'sh',
  summary: 'one POSIX shell script',
  fileName: (recipe) => `${recipe}.sh`,
  isOwn: (beginning) => beginning.startsWith('#!/bin/sh\n') && beginning.includes(writtenBy),
  async write(engine, request, file) {
    await writeFileAtomic(file, await shellScript(engine, request));
    await chmod(file, 0o755);
  },
};

/** Fetches and unpacks sources to see what has to be done to them. Throws UserError. */
async function shellScript(engine: Engine, input: ExportRequest): Promise<string> {
  const { graph, wanted } = input;
  const units = [...graph.values()];
  const sources = units.flatMap((unit) => recipeSources(unit.recipe));
  await fetchSources(engine.project, sources, engine.lock, engine);

  const runtime = readFileSync(join(packageRoot, 'share/export/functions.sh'), 'utf8');
  const parts = [heading(input), runtime, ...start(input.commands)];
  const toolchain = units.filter(isBuiltUnit).find((unit) => unit.toolchain)?.toolchain;
  let bare = '';
  if (toolchain) {
    bare = await bareSection(
      toolchain,
      await engine.environments.prefix(engine.store, toolchain, []),
    );
    parts.push('\n', bare);
  }
  const artifacts = units.flatMap(({ recipe }) => (isArtifact(recipe) ? [recipe] : []));
  const helpers = new Map(
    artifacts
      .flatMap(helpersOf)
      .map((name) => [name, readFileSync(join(packageRoot, 'share/export', name))]),
  );
  for (const [name, bytes] of helpers) {
    parts.push('\n', withInput(`write 755 "$work/${name}"`, bytes));
  }

  const ids = new Map<string, string>();
  let prefixWritten = false;
  for (const unit of units) {
    engine.signal.throwIfAborted();
    const name = unitFileName(unit.name);
    let section: string;
    let used: string[] = [];
    let pruned = false;
    if (isBuiltUnit(unit)) {
      const { recipe, toolchain: own, prefixUnits } = unit;
      if (own && prefixUnits.length > 0 && !prefixWritten) {
        prefixWritten = true;
        const id = idOf(prefixUnits.map((each) => ids.get(each)!));
        parts.push('\n', fullSection(own, prefixUnits, id));
      }
      section = builtSection(unit, engine.lock, await prepared(engine, unit));
      pruned = recipe.kind === 'library' && prefixUnits.length > 0;
    } else {
      section = artifactSection(unit);
      used = helpersOf(unit.recipe).map((each) => helpers.get(each)!.toString());
    }
    const below = dependencies(unit).map((each) => ids.get(each)!);
    const id = idOf([section, runtime, bare, ...used, ...below]);
    ids.set(unit.name, id);
    parts.push(
      `\n# ${unit.name}: ${unit.recipe.summary}\n`,
      `if begin ${shellQuote(name)} ${id}; then\n`,
      section,
      `finish ${pruned ? 'library' : 'all'}\n`,
      'fi\n',
    );
  }
  return [...parts, ...end(wanted, input.expected)].join('');
}

const idOf = (texts: readonly string[]) => sha256(canonicalJson(texts)).slice(0, 16);

/** Unpacks a source elsewhere, as a build would, and notes what depends on its content. */
async function prepared(engine: Engine, unit: BuiltUnit): Promise<PreparedSource> {
  const root = await mkdtemp(join(tmpdir(), 'stubforge-export-'));
  await using log = new UnitLog(unit.name, '/dev/null', () => {});
  try {
    const patched: { path: string; diff: string }[] = [];
    const workspace = { ...workspaceOf(engine.project, unit.name), root, source: join(root, 's') };
    const date = await prepareSource(engine, unit, workspace, log, (files) => {
      for (const { path, diff } of files) if (diff) patched.push({ path, diff });
    });
    return { date, patched };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function heading({ wanted }: ExportRequest): string {
  return `#!/bin/sh
# Builds ${wanted.recipe.name} (${wanted.recipe.summary})
# for ${wanted.architecture}, from the distro's sources, with neither Node nor stubforge.
${writtenBy} --format sh ${wanted.recipe.name} --arch ${wanted.architecture}
#
# usage: sh SCRIPT --sources DIR [--work DIR] [--output DIR] [-j N]
#   --sources  holds the files of the sources, at any depth: stubforge source mirror fills such a folder
#   --work     where to build (default: stubforge-build); units that are done are kept there
#   --output   where to copy the result (default: the current folder)
#   -j         how many jobs at once (default: one for each processor)
set -eu
umask 022
LC_ALL=C
TZ=UTC
export LC_ALL TZ

`;
}

function start(commands: readonly string[]): string[] {
  return [
    `
sources=
work=stubforge-build
output=.
jobs=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    --sources | --work | --output | -j) [ $# -gt 1 ] || die "$1 needs a value" ;;
  esac
  case $1 in
    --sources) sources=$2 ;;
    --work) work=$2 ;;
    --output) output=$2 ;;
    -j) jobs=$2 ;;
    *) die "there is no option $1" ;;
  esac
  shift 2
done
[ -d "$sources" ] || die "name the folder with the sources: --sources DIR"
sources=$(cd "$sources" && pwd)
mkdir -p "$work" "$output"
work=$(cd "$work" && pwd)
case $work in
  *[!A-Za-z0-9_@%+=,./~-]*) die "nothing can be built in '$work': name another folder with --work" ;;
esac
case $jobs in
  '' | *[!0-9]*) die "-j needs a number" ;;
esac
`,
    `for each in ${commands.map(shellQuote).join(' ')}; do\n`,
    '  command -v "$each" >/dev/null || die "this machine lacks the command $each"\n',
    'done\n',
  ];
}

function end(wanted: Unit, expected: Readonly<Record<string, string>>): string[] {
  const folder = `"$work/out/${unitFileName(wanted.name)}"`;
  return [
    `\ncp -RPf ${folder}/. "$output/"\n`,
    ...Object.entries(expected).map(
      ([path, hash]) => `expect_file "$output"/${shellQuote(path)} ${hash}\n`,
    ),
    ...(isArtifact(wanted.recipe) ? [artifactReport(wanted.recipe)] : []),
  ];
}
