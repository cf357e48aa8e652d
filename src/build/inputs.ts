import { lstat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { gnuconfigIdentity } from '../gnuconfig/identity.js';
import { systemsOf } from '../gnuconfig/system.js';
import type { KeyInputs } from '../plan/key.js';
import type { PlanWorld } from '../plan/plan.js';
import type { Unit } from '../plan/unit.js';
import { sourceIdentity } from '../source/identity.js';
import { hashTree } from '../store/manifest.js';
import { toolchainIdentity } from '../toolchain/identity.js';
import { sha256File } from '../util/hash.js';
import { UserError } from '../util/problem.js';
import type { Engine } from './engine.js';

/** The planner's eyes: reads sources, patches, toolchain and store. */
export function planWorld(engine: Engine): PlanWorld {
  // Many units share a source or a toolchain; each is looked at once.
  const remembered = new Map<string, Promise<string | undefined>>();
  const once = (name: string, compute: () => Promise<string | undefined>) => {
    let value = remembered.get(name);
    if (!value) {
      value = compute();
      remembered.set(name, value);
    }
    return value;
  };

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
          place: { file: recipe.file, field: 'source' },
          remedy: `stubforge source lock ${recipe.name}`,
        });
      }
    }
    const toolchain = unit.toolchain;
    const compiles = toolchain && unit.recipe.kind !== 'image';
    return {
      source: identity,
      files,
      toolchain: compiles
        ? await once(`toolchain ${toolchain.description.name} ${unit.architecture}`, () =>
            toolchainIdentity(toolchain.description, toolchain.architecture),
          )
        : undefined,
      sandbox: unit.buildSystem && engine.sandbox === 'none' ? 'none' : undefined,
      gnuconfig: compiles ? gnuconfigIdentity(systemsOf([toolchain.description])) : undefined,
    };
  };

  return {
    inputs,
    lookup: (key) => engine.store.lookup(key),
    latest: (unit) => engine.store.latest(unit),
  };
}
