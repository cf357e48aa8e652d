import { expect, test } from 'vitest';
import { type Catalogue, unitGraph } from '../../../src/plan/graph.js';
import { unitKey } from '../../../src/plan/key.js';
import { judge, type KnownOutput, makePlan, type PlanWorld } from '../../../src/plan/plan.js';
import type { Recipe } from '../../../src/recipe/recipe.js';
import type { BuiltToolchain } from '../../../src/toolchain/toolchain.js';

const toolchain = {
  kind: 'built',
  name: 'nub',
  sysroot: ['musl'],
  architectures: [{ name: 'stubdom-amd64', triple: 'x86_64-xen-stubdom' }],
} as unknown as BuiltToolchain;

function recipe(name: string, needs: string[] = [], more: Partial<Recipe> = {}): Recipe {
  return {
    name,
    kind: 'library',
    summary: `about ${name}`,
    file: `/p/recipes/${name}.yaml`,
    source: { type: 'debian', package: name },
    build: 'make',
    inputs: {},
    needs,
    hostTools: [],
    patches: [],
    environment: {},
    yields: { pkgconfig: [], libraries: [], headers: [], files: [] },
    bootstrap: false,
    ...more,
  };
}

function catalogueOf(...recipes: Recipe[]): Catalogue {
  const all = [...recipes, recipe('musl', [], { bootstrap: true })];
  return {
    recipe: (name) => all.find((each) => each.name === name)!,
    buildSystem: () => ({ name: 'make', phases: [] }) as never,
    toolchain: () => ({ description: toolchain, architecture: toolchain.architectures[0]! }),
  };
}

const graphOf = (wanted: string, ...recipes: Recipe[]) =>
  unitGraph(catalogueOf(...recipes), [{ recipe: wanted, architecture: 'stubdom-amd64' }]);

/** A world in memory: what is "built" is recorded under its key. */
function world(): PlanWorld & { build(unit: string, known: KnownOutput): void } {
  const keys = new Map<string, KnownOutput>();
  const units = new Map<string, KnownOutput>();
  return {
    inputs: async (unit) => ({ source: `source of ${unit.recipe.name}`, files: {} }),
    lookup: async (key) => keys.get(key),
    latest: async (unit) => units.get(unit),
    build: (unit, known) => {
      keys.set(known.key, known);
      units.set(unit, known);
    },
  };
}

/** "Builds" all that is stale, in order; an output is named by `content` or else by its key. */
async function buildAll(
  graph: ReturnType<typeof graphOf>,
  where: ReturnType<typeof world>,
  content: (unit: string, key: string) => string = (_unit, key) => `out-${key}`,
) {
  const outputs = new Map<string, string>();
  for (const unit of graph.values()) {
    const seen = Object.fromEntries(
      [...unit.toolchainUnits, ...unit.sees].map((each) => [each, outputs.get(each)!]),
    );
    const { key } = await judge(unit, seen, where);
    const output = content(unit.name, key.key);
    outputs.set(unit.name, output);
    where.build(unit.name, { ...key, output, seconds: 1 });
  }
}

test('units stand behind all that they depend on, the toolchain included', () => {
  const graph = graphOf('c', recipe('a'), recipe('b', ['a']), recipe('c', ['b']));
  expect([...graph.keys()]).toEqual([
    'musl:stubdom-amd64',
    'a:stubdom-amd64',
    'b:stubdom-amd64',
    'c:stubdom-amd64',
  ]);
  expect(graph.get('c:stubdom-amd64')!.sees).toEqual(['a:stubdom-amd64', 'b:stubdom-amd64']);
  expect(graph.get('musl:stubdom-amd64')!.toolchainUnits).toEqual([]);
});

test('a cycle is printed as a whole', () => {
  expect(() => graphOf('a', recipe('a', ['b']), recipe('b', ['c']), recipe('c', ['b']))).toThrow(
    'b:stubdom-amd64 → c:stubdom-amd64 → b:stubdom-amd64',
  );
});

test('an image depends on its program and on the recipes of its files', () => {
  const image = recipe('demo', [], {
    kind: 'image',
    source: undefined,
    build: undefined,
    image: {
      program: { recipe: 'prog', file: 'usr/bin/prog' },
      files: [{ from: 'usr/share/x', to: 'x', recipe: 'data' }],
      memory: 1,
      arguments: [],
    },
  });
  const unit = graphOf('demo', image, recipe('prog'), recipe('data')).get('demo:stubdom-amd64')!;
  expect(unit.needs).toEqual(['prog:stubdom-amd64', 'data:stubdom-amd64']);
});

test('the first plan builds all, the second nothing', async () => {
  const graph = graphOf('b', recipe('a'), recipe('b', ['a']));
  const where = world();
  const first = await makePlan(graph, where);
  expect(first.build).toHaveLength(3);
  expect(first.verdicts.get('musl:stubdom-amd64')).toMatchObject({ reason: 'never-built' });
  expect(first.verdicts.get('b:stubdom-amd64')).toMatchObject({ reason: 'dependency-stale' });
  await buildAll(graph, where);
  expect((await makePlan(graph, where)).build).toEqual([]);
});

test('a change is named, and reaches what depends on it', async () => {
  const where = world();
  await buildAll(graphOf('b', recipe('a'), recipe('b', ['a'])), where);
  const changed = recipe('a', [], { inputs: { make: ['X=1'] } });
  const plan = await makePlan(graphOf('b', changed, recipe('b', ['a'])), where);
  expect(plan.build).toEqual(['a:stubdom-amd64', 'b:stubdom-amd64']);
  expect(plan.verdicts.get('a:stubdom-amd64')).toMatchObject({
    reason: 'changed',
    detail: 'changed: recipe',
  });
});

test('a dependency that comes out the same rebuilds nothing above it', async () => {
  const where = world();
  const same = (unit: string) => `content of ${unit}`;
  await buildAll(graphOf('b', recipe('a'), recipe('b', ['a'])), where, same);
  const graph = graphOf('b', recipe('a', [], { inputs: { make: ['X=1'] } }), recipe('b', ['a']));
  const b = graph.get('b:stubdom-amd64')!;
  const seen = Object.fromEntries(
    [...b.toolchainUnits, ...b.sees].map((name) => [name, same(name)]),
  );
  expect(await judge(b, seen, where)).toMatchObject({ state: 'fresh' });
});

test('the summary and the place of a recipe are no part of the key, its inputs are', () => {
  const unit = graphOf('a', recipe('a')).get('a:stubdom-amd64')!;
  const key = (change: Partial<Recipe>) =>
    unitKey({ ...unit, recipe: { ...unit.recipe, ...change } }, { files: {}, outputs: {} }).key;
  expect(key({ summary: 'other words', file: '/elsewhere/recipes/a.yaml' })).toBe(key({}));
  expect(key({ inputs: { configure: ['--x'] } })).not.toBe(key({}));
  expect(key({ environment: { X: '1' } })).not.toBe(key({}));
});

test('--force makes the named units stale and says so', async () => {
  const graph = graphOf('a', recipe('a'));
  const where = world();
  await buildAll(graph, where);
  const plan = await makePlan(graph, where, new Set(['a:stubdom-amd64']));
  expect(plan.build).toEqual(['a:stubdom-amd64']);
  expect(plan.verdicts.get('a:stubdom-amd64')).toMatchObject({ reason: 'forced' });
});
