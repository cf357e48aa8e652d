import { lstat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { configSubIdentity } from '../configsub/patch-identity.js';
import { systemsOf } from '../configsub/target-system.js';
import { shellTools, ToolVersions } from '../machine/tool-versions.js';
import type { PlanWorld } from '../plan/make-plan.js';
import type { Unit } from '../plan/unit.js';
import type { KeyInputs } from '../plan/unit-key.js';
import { sourceIdentity } from '../source/source-identity.js';
import { hashTree } from '../store/manifest.js';
import type { BuiltToolchain, ToolchainArchitecture } from '../toolchain/toolchain.js';
import {
  prefixFormat,
  type ToolchainParts,
  toolchainInputs,
  toolchainParts,
} from '../toolchain/toolchain-identity.js';
import { UserError } from '../util/diagnostic.js';
import { sha256File } from '../util/hash.js';
import type { Engine } from './engine.js';
import { recipeFolder } from './environment/recipe-folder.js';

/** The planner's eyes: reads sources, patches, toolchain and store. */
export function planWorld(engine: Engine): PlanWorld {
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
  let buildTools: ToolVersions | undefined;

  const inputs = async (unit: Unit): Promise<Omit<KeyInputs, 'outputs'>> => {
    const { recipe } = unit;
    const files: Record<string, string> = {};
    const add = async (path: string) => {
      const name = relative(dirname(recipe.file), path);
      const hash = await once(`file ${path}`, async () =>
        (await lstat(path)).isDirectory() ? hashTree(path) : sha256File(path),
      );
      files[name] = hash!;
    };
    for (const patch of recipe.patches) await add(patch.file);
    if (recipe.overlay) await add(recipe.overlay);
    // The build sees this folder, and with it the files that the recipe does not name.
    const own = recipeFolder(unit);
    if (own) await add(own);
    for (const file of recipe.image?.files ?? []) {
      if (!file.recipe) await add(join(dirname(recipe.file), file.from));
    }
    const source = recipe.source;
    let identity: string | undefined;
    if (source) {
      identity = await once(JSON.stringify(source), () => sourceIdentity(source, engine.lock));
      if (identity === undefined) {
        throw new UserError({
          message: `the source of ${recipe.name} is not locked`,
          span: { file: recipe.file, field: 'source' },
          help: `stubforge source lock ${recipe.name}`,
        });
      }
    }
    const toolchain = unit.toolchain;
    const compiles = toolchain && unit.recipe.kind !== 'image';
    buildTools ??= new ToolVersions();
    return {
      source: identity,
      files,
      toolchain: compiles
        ? await once(`toolchain ${toolchain.description.name} ${unit.architecture}`, () =>
            keptToolchainParts(engine, toolchain.description, toolchain.architecture),
          )
        : undefined,
      sandbox: unit.buildSystem && engine.sandbox === 'none' ? 'none' : undefined,
      buildTools: buildTools.versions(buildToolsOf(unit)),
      packing: recipe.kind === 'image' ? engine.packingVersion : undefined,
      configSub: compiles ? configSubIdentity(systemsOf([toolchain.description])) : undefined,
    };
  };

  return {
    inputs,
    lookup: (key) => engine.store.lookup(key),
    latest: (unit) => engine.store.latest(unit),
  };
}

/** The parts of a toolchain, kept from one run to the next: GCC takes its time to tell of itself. */
function keptToolchainParts(
  engine: Engine,
  toolchain: BuiltToolchain,
  architecture: ToolchainArchitecture,
): Promise<ToolchainParts> {
  const name = `toolchain-${toolchain.name}-${architecture.name}`;
  return engine.memo.remember(name, prefixFormat, async () => ({
    value: await toolchainParts(toolchain, architecture),
    paths: await toolchainInputs(toolchain, architecture),
  }));
}

/**
 * The programs of the build machine that can reach a unit's output. The compiler and binutils of a
 * toolchain are not among them: they stand in the toolchain's own parts.
 */
function buildToolsOf(unit: Unit): string[] {
  // stubforge packs images by itself, up to the compression.
  if (unit.recipe.kind === 'image') return ['gzip'];
  const { recipe, buildSystem } = unit;
  const names = [...shellTools, ...(buildSystem?.buildTools ?? []), ...recipe.buildTools];
  // It applies the distro's patches.
  if (recipe.source?.type === 'debian') names.push('dpkg-source');
  if (!unit.toolchain) names.push('gcc');
  return names;
}
