import { lstat } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { artifactKind } from '../artifacts/kinds.js';
import { configSubIdentity } from '../configsub/patch.js';
import { systemsOf } from '../configsub/target-system.js';
import { shellTools } from '../machine/tool-versions.js';
import type { PlanWorld } from '../plan/make-plan.js';
import { type BuiltUnit, isBuiltUnit, type Unit } from '../plan/unit.js';
import type { KeyInputs } from '../plan/unit-key.js';
import { sourceIdentity } from '../source/source-identity.js';
import { hashTree } from '../store/manifest.js';
import type { TargetToolchain, ToolchainParts } from '../toolchain/toolchain.js';
import { UserError } from '../util/diagnostic.js';
import { sha256, sha256File } from '../util/hash.js';
import type { Memo } from '../util/memo.js';
import type { Engine } from './engine.js';
import { recipeFolder } from './environment/build-paths.js';

/** What the planner asks of the world: reads sources, patches, toolchain and store. */
export function planWorld(
  engine: Pick<Engine, 'machine' | 'lock' | 'sandbox' | 'cache' | 'memo'>,
): PlanWorld {
  // Many units share a source or a toolchain; each is looked at once.
  const remembered = new Map<string, Promise<unknown>>();
  const once = <Value>(name: string, compute: () => Promise<Value>): Promise<Value> => {
    let value = remembered.get(name) as Promise<Value> | undefined;
    if (!value) {
      value = compute();
      remembered.set(name, value);
    }
    return value;
  };

  /** SHA-256 of files and folders, by their names relative to the recipe's file. */
  const hashes = async (unit: Unit, paths: readonly string[]): Promise<Record<string, string>> => {
    const files: Record<string, string> = {};
    for (const path of paths) {
      files[relative(dirname(unit.recipe.file), path)] = await once(`file ${path}`, async () =>
        (await lstat(path)).isDirectory() ? hashTree(path) : sha256File(path),
      );
    }
    return files;
  };
  const inputs = async (unit: Unit): Promise<Omit<KeyInputs, 'outputs'>> => {
    if (!isBuiltUnit(unit)) {
      const kind = artifactKind(unit.recipe);
      return {
        files: await hashes(unit, kind.localFiles(unit.recipe)),
        buildTools: engine.machine.versions(kind.buildTools),
        producer: kind.version,
      };
    }
    const { recipe, toolchain } = unit;
    const { source } = recipe;
    const identity = await once(JSON.stringify(source), () => sourceIdentity(source, engine.lock));
    if (identity === undefined) {
      throw new UserError({
        id: 'source.not-locked',
        message: `the source of ${recipe.name} is not locked`,
        span: { file: recipe.file, field: 'source' },
        help: `lock it: stubforge source lock ${recipe.name}`,
      });
    }
    // The build sees its own folder, and with it the files that the recipe does not name.
    const own = [recipe.overlay, recipeFolder(unit)].filter((path) => path !== undefined);
    return {
      source: identity,
      files: await hashes(unit, [...recipe.patches.map(({ file }) => file), ...own]),
      toolchain: toolchain
        ? await once(`toolchain ${toolchain.description.name} ${unit.architecture}`, () =>
            keptToolchainParts(engine.memo, toolchain),
          )
        : undefined,
      sandbox: engine.sandbox === 'none' ? 'none' : undefined,
      buildTools: engine.machine.versions(buildToolsOf(unit)),
      configSub: toolchain ? configSubIdentity(systemsOf([toolchain.description])) : undefined,
    };
  };

  return {
    inputs,
    lookup: (key) => engine.cache.lookup(key),
    latest: (unit) => engine.cache.latest(unit),
  };
}

/** The parts of a toolchain, kept from one run to the next: GCC takes its time to describe itself. */
function keptToolchainParts(memo: Memo, toolchain: TargetToolchain): Promise<ToolchainParts> {
  const { description, architecture } = toolchain;
  // Projects that share a state folder may each have a toolchain of that name.
  const file = sha256(description.file).slice(0, 8);
  const name = `toolchain-${description.name}-${architecture.name}-${file}`;
  return memo.remember(name, toolchain.format, async () => ({
    value: await toolchain.identity(),
    paths: await toolchain.inputs(),
  }));
}

/**
 * The programs of the build machine that can reach a unit's output. The compiler and binutils of a
 * toolchain are not among them: they stand in the toolchain's own parts.
 */
function buildToolsOf(unit: BuiltUnit): string[] {
  const { recipe, buildSystem } = unit;
  const names = [...shellTools, ...buildSystem.buildTools, ...recipe.buildTools];
  // It applies the distro's patches.
  if (recipe.source.type === 'debian') names.push('dpkg-source');
  if (!unit.toolchain) names.push('gcc');
  return names;
}
