import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PatchedFile, patchTree } from '../../configsub/patch-tree.js';
import { describePatched } from '../../configsub/report.js';
import { systemsOf } from '../../configsub/target-system.js';
import { systemPath } from '../../machine/build-tools.js';
import type { BuiltUnit } from '../../plan/unit.js';
import { baseCommands } from '../../sandbox/base-commands.js';
import { enclose } from '../../sandbox/enclose.js';
import { unpackSource } from '../../source/unpack-source.js';
import { UserError } from '../../util/diagnostic.js';
import type { BuildSite } from '../engine.js';
import { explainFailure } from '../failure/explain-failure.js';
import { exitText, runCommand } from './run-command.js';
import { UnitLog } from './unit-log.js';
import { type Workspace, workspaceOf } from './workspace.js';

/**
 * Unpacks a source, lays the recipe's overlay over it, and applies the recipe's patches and that of
 * config.sub. Returns SOURCE_DATE_EPOCH in seconds; `onPatched` is told what was done to each
 * config.sub, with diffs. Throws UserError.
 */
export async function prepareSource(
  site: BuildSite,
  unit: BuiltUnit,
  workspace: Workspace,
  log: UnitLog,
  onPatched?: (patched: readonly PatchedFile[]) => void,
): Promise<number> {
  const { recipe } = unit;
  log.enter('unpack');
  await mkdir(workspace.root, { recursive: true });
  const { date } = await unpackSource(
    site.project,
    recipe.source,
    site.lock,
    workspace.source,
    site,
  );
  // Sources without a date of their own all get the same one.
  const epoch = date ?? 946684800;
  const noteDate = () => writeFile(sourceDateFile(workspace), `${epoch}\n`);
  try {
    await changeSource(site, unit, workspace, log, onPatched);
  } catch (error) {
    // One can look at a tree that a patch does not fit, but not at one that was cut off.
    if (error instanceof UserError) await noteDate();
    throw error;
  }
  await noteDate();
  return epoch;
}

/** Where the date of a tree is kept that was unpacked and patched, as far as that went. */
export const sourceDateFile = ({ root }: Workspace): string => join(root, 'source-date');

/** Everything that the recipe and stubforge change in an unpacked source. */
async function changeSource(
  site: BuildSite,
  unit: BuiltUnit,
  workspace: Workspace,
  log: UnitLog,
  onPatched?: (patched: readonly PatchedFile[]) => void,
): Promise<void> {
  const { recipe } = unit;
  if (recipe.overlay) await cp(recipe.overlay, workspace.source, { recursive: true });
  if (recipe.patches.length > 0) {
    log.enter('patch');
    for (const { file } of recipe.patches) await applyPatch(site, file, workspace, log);
  }
  if (unit.toolchain) {
    log.enter('config.sub');
    const patched = await patchTree(workspace.source, systemsOf([unit.toolchain.description]), {
      signal: site.signal,
      diff: onPatched !== undefined,
      confine: site.sandbox === 'none' ? undefined : readerOf(site, workspace.source),
    });
    for (const line of describePatched(patched)) log.write(line);
    onPatched?.(patched);
  }
}

async function applyPatch(
  site: BuildSite,
  file: string,
  workspace: Workspace,
  log: UnitLog,
): Promise<void> {
  const lines: string[] = [];
  const outcome = await runCommand(
    ['patch', '-p1', '--batch', '--forward', '--no-backup-if-mismatch', '-i', file],
    {
      cwd: workspace.source,
      environment: { PATH: systemPath.join(':'), LC_ALL: 'C' },
      log: log.stream,
      onLine: (line) => lines.push(line),
      signal: site.signal,
      groups: site.groups,
    },
  );
  if (outcome.ended === 'exit' && outcome.code === 0) return;
  site.signal.throwIfAborted();
  const ending = outcome.ended === 'exit' ? exitText(outcome.code) : `a ${outcome.ended}`;
  const diagnostic = await explainFailure({ phase: 'patch', ending, lines });
  throw new UserError({ ...diagnostic, span: { file } });
}

/**
 * Encloses the source's own scripts when they are run before the build: they may read it, and write
 * nothing.
 */
function readerOf(site: BuildSite, source: string) {
  return async (command: readonly string[], folder: string) => {
    const machine = await site.environments.views.commands(baseCommands);
    const mounts = [source, folder].map((path) => ({ from: path, at: path }));
    return enclose({
      command,
      directory: folder,
      environment: { PATH: '/usr/bin', LC_ALL: 'C' },
      view: { ...machine, mounts: [...machine.mounts, ...mounts] },
    });
  };
}

/**
 * Unpacks and prepares a unit's source outside of a build, for somebody to look at. The log stays that of
 * the unit's newest build. Throws UserError.
 */
export async function prepareWorkspace(site: BuildSite, unit: BuiltUnit): Promise<void> {
  await using log = new UnitLog(unit.name, '/dev/null', (event) => {
    // These phases belong to no build that a listener knows of.
    if (event.type === 'warning') site.emit(event);
  });
  await prepareSource(site, unit, workspaceOf(site.project, unit.name), log);
}
