import { open, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { artifactFiles } from '../artifacts/kinds.js';
import { toolsForGraph } from '../engine/environment/unit-tools.js';
import { exporterNamed } from '../export/all-exporters.js';
import { commandsOf, hasCommand } from '../machine/build-tools.js';
import type { Unit } from '../plan/unit.js';
import { UserError } from '../util/diagnostic.js';
import { sha256File } from '../util/hash.js';
import { requireReplaceable } from '../util/replaceable.js';
import { type Planned, planRecipes } from './planning.js';
import type { Session } from './session.js';

export interface ExportBuildOptions {
  /** The exporter's name. */
  format: string;
  /** One architecture's name; the default one when absent. */
  arch?: string;
  /** The file to write; named after the recipe, in the current folder, when absent. */
  output?: string;
}

/** The file that was written: its absolute path, and its size in bytes. */
export interface ExportedBuild {
  file: string;
  bytes: number;
}

/**
 * Writes the build of a recipe and of all that it needs in another form, over an earlier export. Builds
 * nothing. Throws UserError for an unknown format or recipe, for more architectures than one, for what
 * cannot be exported, and for any other file that is there.
 */
export async function exportBuild(
  session: Session,
  recipe: string,
  { format, arch, output }: ExportBuildOptions,
): Promise<ExportedBuild> {
  const exporter = exporterNamed(format);
  const file = resolve(output ?? exporter.fileName(recipe));
  await requireReplaceable(file, 'an export that stubforge has written', async () =>
    exporter.isOwn(await beginningOf(file)),
  );
  await using held = await session.holdStore('shared');
  const planned = await planRecipes(session, held, [recipe], { arch });
  const [wanted, other] = planned.wanted;
  if (!wanted || other) {
    throw new UserError(
      {
        id: 'cli.several-architectures',
        message: 'export takes one architecture at a time',
        help: 'name one: --arch NAME',
      },
      2,
    );
  }
  const request = {
    graph: planned.graph,
    wanted,
    expected: await knownFiles(planned, wanted),
    // A package may bring more commands than this machine has; none of those is used.
    commands: commandsOf(toolsForGraph(planned.graph)).filter(hasCommand),
  };
  await exporter.write(planned.engine, request, file);
  return { file, bytes: (await stat(file)).size };
}

/** As much of a file as tells what it is. */
async function beginningOf(file: string): Promise<string> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

/** The hashes of an artifact's files where it is in the store, to compare with. */
async function knownFiles({ engine, plan }: Planned, { name, recipe }: Unit) {
  const verdict = plan.staleness.get(name)!;
  if (verdict.state !== 'fresh') return {};
  const output = engine.store.outputDirectory(verdict.output);
  const paths = Object.values(artifactFiles(recipe, output)?.formats ?? {});
  const hashed = paths.map(async (path) => [relative(output, path), await sha256File(path)]);
  return Object.fromEntries(await Promise.all(hashed));
}
