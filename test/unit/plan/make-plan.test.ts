import { describe, expect, test } from 'vitest';
import { describeExplanation, explain } from '../../../src/plan/explain.js';
import { judge, makePlan, type PlanWorld } from '../../../src/plan/make-plan.js';
import { type BuiltUnit, dependencies, isBuiltUnit, visibleUnits } from '../../../src/plan/unit.js';
import { type Catalogue, type UnitGraph, unitGraph } from '../../../src/plan/unit-graph.js';
import { type KeyInputs, unitKey } from '../../../src/plan/unit-key.js';
import type { ImageRecipe } from '../../../src/recipe/kinds/image-recipe.js';
import type { BuiltRecipe, Recipe } from '../../../src/recipe/recipe.js';
import { evaluateLimits } from '../../../src/recipe/written-limits.js';
import type { UnitRecord } from '../../../src/store/store.js';
import { BuiltToolchain } from '../../../src/toolchain/built/built-toolchain.js';

const toolchain = new BuiltToolchain({
  kind: 'built',
  name: 'nub',
  summary: 'a toolchain',
  file: '/p/toolchains/nub/toolchain.yaml',
  operatingSystems: ['stubdom'],
  compilerPrefix: 'x86_64-linux-gnu-',
  sysroot: ['musl', 'kernel'],
  librarySysroot: ['musl', 'symbols'],
  answers: 'answers',
  recipeDirs: [],
  filesDirs: [],
  architectures: [
    {
      name: 'stubdom-amd64',
      triple: 'x86_64-xen-stubdom',
      cpu: 'x86_64',
      cpuFamily: 'x86_64',
      bits: 64,
      compilerFlags: [],
      assemblerFlags: [],
      linkerFormat: 'elf_x86_64',
    },
  ],
});

function recipe(name: string, needs: string[] = [], more: Partial<BuiltRecipe> = {}): BuiltRecipe {
  return {
    name,
    kind: 'library',
    summary: `about ${name}`,
    file: `/p/recipes/${name}.yaml`,
    source: { type: 'debian', package: name },
    build: 'make',
    inputs: {},
    needs,
    buildTools: [],
    patches: [],
    environment: {},
    provides: { pkgconfig: [], libraries: [], headers: [], files: [] },
    limits: evaluateLimits(),
    buildMemory: 0,
    bootstrap: false,
    ...more,
  };
}

const image: ImageRecipe = {
  name: 'demo',
  kind: 'image',
  summary: 'an image',
  file: '/p/recipes/demo.yaml',
  program: { recipe: 'prog', file: 'usr/bin/prog' },
  files: [{ from: 'usr/share/x', to: '/x', recipe: 'data' }],
  memory: 1,
  arguments: ['a'],
};

function catalogueOf(...recipes: Recipe[]): Catalogue {
  const all = [
    ...recipes,
    recipe('musl', [], { bootstrap: true }),
    recipe('kernel', [], { bootstrap: true }),
    recipe('symbols', ['kernel'], { bootstrap: true }),
    recipe('answers', [], { bootstrap: true }),
  ];
  return {
    recipe: (name) => all.find((each) => each.name === name)!,
    buildSystem: (name) =>
      ({
        name,
        phases: [{ name: 'all', run: name === 'meson' ? 'x={{meson-answers}}' : 'x' }],
      }) as never,
    toolchain: (architecture) => toolchain.target(architecture),
  };
}

const graphOf = (wanted: string, ...recipes: Recipe[]) =>
  unitGraph(catalogueOf(...recipes), [{ recipe: wanted, architecture: 'stubdom-amd64' }]);

function built(graph: UnitGraph, name: string): BuiltUnit {
  const unit = graph.get(name)!;
  if (!isBuiltUnit(unit)) throw new Error(`${name} is an artifact`);
  return unit;
}

/** A world in memory: what is "built" is recorded under its key. */
function world(): PlanWorld & { build(record: UnitRecord): void } {
  const keys = new Map<string, UnitRecord>();
  const units = new Map<string, UnitRecord>();
  return {
    inputs: async (unit) => ({ source: `source of ${unit.recipe.name}`, files: {} }),
    lookup: async (key) => keys.get(key),
    latest: async (unit) => units.get(unit),
    build: (record) => {
      keys.set(record.key, record);
      units.set(record.unit, record);
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
    const seen = Object.fromEntries(visibleUnits(unit).map((each) => [each, outputs.get(each)!]));
    const { key } = await judge(unit, seen, where);
    const output = content(unit.name, key.key);
    outputs.set(unit.name, output);
    where.build({ unit: unit.name, ...key, output, seconds: 1 });
  }
}

test('units stand behind all that they depend on, the toolchain included', () => {
  const graph = graphOf('c', recipe('a'), recipe('b', ['a']), recipe('c', ['b']));
  expect([...graph.keys()]).toEqual([
    'musl:stubdom-amd64',
    'kernel:stubdom-amd64',
    'symbols:stubdom-amd64',
    'a:stubdom-amd64',
    'b:stubdom-amd64',
    'c:stubdom-amd64',
  ]);
  expect(graph.get('c:stubdom-amd64')!.sees).toEqual(['a:stubdom-amd64', 'b:stubdom-amd64']);
  expect(built(graph, 'musl:stubdom-amd64').toolchainUnits).toEqual([]);
});

test('a cycle is printed as a whole', () => {
  expect(() => graphOf('a', recipe('a', ['b']), recipe('b', ['c']), recipe('c', ['b']))).toThrow(
    'b:stubdom-amd64 → c:stubdom-amd64 → b:stubdom-amd64',
  );
});

test('an image depends on its program and on the recipes of its files', () => {
  const unit = graphOf('demo', image, recipe('prog'), recipe('data')).get('demo:stubdom-amd64')!;
  expect(unit.needs).toEqual(['prog:stubdom-amd64', 'data:stubdom-amd64']);
});

test('the first plan builds all, the second nothing', async () => {
  const graph = graphOf('b', recipe('a'), recipe('b', ['a']));
  const where = world();
  const first = await makePlan(graph, where);
  expect(first.build).toHaveLength(5);
  expect(first.staleness.get('musl:stubdom-amd64')).toMatchObject({ reason: 'never-built' });
  expect(first.staleness.get('b:stubdom-amd64')).toMatchObject({ reason: 'dependency-stale' });
  await buildAll(graph, where);
  expect((await makePlan(graph, where)).build).toEqual([]);
});

test('a change is named, and reaches what depends on it', async () => {
  const where = world();
  await buildAll(graphOf('b', recipe('a'), recipe('b', ['a'])), where);
  const changed = recipe('a', [], { inputs: { make: ['X=1'] } });
  const plan = await makePlan(graphOf('b', changed, recipe('b', ['a'])), where);
  expect(plan.build).toEqual(['a:stubdom-amd64', 'b:stubdom-amd64']);
  expect(plan.staleness.get('a:stubdom-amd64')).toMatchObject({
    reason: 'changed',
    detail: 'changed: field make',
  });
});

test('a dependency that comes out the same rebuilds nothing above it', async () => {
  const where = world();
  const same = (unit: string) => `content of ${unit}`;
  await buildAll(graphOf('b', recipe('a'), recipe('b', ['a'])), where, same);
  const graph = graphOf('b', recipe('a', [], { inputs: { make: ['X=1'] } }), recipe('b', ['a']));
  const b = graph.get('b:stubdom-amd64')!;
  const seen = Object.fromEntries(visibleUnits(b).map((name) => [name, same(name)]));
  expect(await judge(b, seen, where)).toMatchObject({ state: 'fresh' });
});

describe('the key', () => {
  const unit = built(graphOf('a', recipe('a')), 'a:stubdom-amd64');
  const demo = graphOf('demo', image, recipe('prog'), recipe('data')).get('demo:stubdom-amd64')!;
  const { id, name, architecture, needs, sees } = demo;
  const inputs: KeyInputs = { files: {}, outputs: {} };
  const key = (change: Partial<BuiltRecipe>, more: Partial<KeyInputs> = {}) =>
    unitKey({ ...unit, recipe: { ...recipe('a'), ...change } }, { ...inputs, ...more }).key;
  const imageKey = (change: Partial<ImageRecipe>) =>
    unitKey({ id, name, architecture, needs, sees, recipe: { ...image, ...change } }, inputs).key;
  const patches = (...files: string[]) => ({
    patches: files.map((file) => ({ file: `/p/recipes/${file}`, reason: `for ${file}` })),
  });

  test.each<[string, Partial<BuiltRecipe>, Partial<BuiltRecipe>]>([
    ['the summary', {}, { summary: 'other words' }],
    [
      'the checkout',
      patches('a/x'),
      {
        file: '/elsewhere/recipes/a.yaml',
        patches: [{ file: '/elsewhere/recipes/a/x', reason: 'for a/x' }],
      },
    ],
    [
      'why there is a patch',
      patches('a/x'),
      { patches: [{ file: '/p/recipes/a/x', reason: '?' }] },
    ],
    ['the order of needs, whose contents count', { needs: ['x', 'y'] }, { needs: ['y', 'x'] }],
  ])('does not hold %s', (_what, before, after) => {
    expect(key(after)).toBe(key(before));
  });

  test.each<[string, Partial<BuiltRecipe>, Partial<BuiltRecipe>]>([
    ['a word for configure', {}, { inputs: { configure: ['--x'] } }],
    ['the order of such words', { inputs: { c: ['a', 'b'] } }, { inputs: { c: ['b', 'a'] } }],
    ['the environment', {}, { environment: { X: '1' } }],
    ['the order of patches', patches('a/x', 'a/y'), patches('a/y', 'a/x')],
    [
      'what is promised',
      {},
      { provides: { pkgconfig: [], libraries: [], headers: [], files: ['x'] } },
    ],
  ])('holds %s', (_what, before, after) => {
    expect(key(after)).not.toBe(key(before));
  });

  test('of an image holds what is in it, and not how it boots', () => {
    expect(imageKey({ memory: 2, expect: 'x' })).toBe(imageKey({}));
    const program = { recipe: 'prog', file: 'usr/bin/other' };
    const changes = [{ arguments: ['b'] }, { program }, { files: [] }];
    expect(new Set([{}, ...changes].map(imageKey)).size).toBe(4);
  });

  test.each<[string, Partial<KeyInputs>]>([
    ['the source', { source: 'x' }],
    ['contents of files', { files: { 'a/x': '1' } }],
    ['outputs', { outputs: { 'z:stubdom-amd64': '1' } }],
    ['the compiler', { toolchain: { compiler: 'gcc 12' } }],
    ['programs of the machine', { buildTools: { make: 'make 4.3' } }],
    ['how config.sub is patched', { configSub: '1' }],
    ['what makes artifacts', { producer: '1' }],
  ])('holds %s', (_what, more) => {
    expect(key({}, more)).not.toBe(key({}));
  });
});

test('a library sees the symbols in the place of the kernel, a program sees the kernel', () => {
  const graph = graphOf('b', recipe('a'), recipe('b', ['a'], { kind: 'program' }));
  expect(built(graph, 'a:stubdom-amd64').toolchainUnits).toEqual([
    'musl:stubdom-amd64',
    'symbols:stubdom-amd64',
  ]);
  const program = built(graph, 'b:stubdom-amd64');
  expect(program.toolchainUnits).toEqual(['musl:stubdom-amd64', 'kernel:stubdom-amd64']);
  // Both share the prefix, so that it is probed once.
  expect(program.prefixUnits).toEqual(built(graph, 'a:stubdom-amd64').prefixUnits);
  expect(visibleUnits(program)).toContain('symbols:stubdom-amd64');
});

test('a kernel of the same symbols leaves libraries fresh', async () => {
  const where = world();
  const same = (unit: string) => `content of ${unit}`;
  const graph = graphOf('b', recipe('a'), recipe('b', ['a'], { kind: 'program' }));
  await buildAll(graph, where, same);
  const outcome = async (name: string) => {
    const unit = graph.get(name)!;
    const seen = visibleUnits(unit).map((each) => [
      each,
      each.startsWith('kernel:') ? 'another kernel' : same(each),
    ]);
    return (await judge(unit, Object.fromEntries(seen), where)).state;
  };
  expect(await outcome('a:stubdom-amd64')).toBe('fresh');
  expect(await outcome('b:stubdom-amd64')).toBe('stale');
});

describe('the answers of a toolchain', () => {
  const answers = 'answers:stubdom-amd64';
  const graph = graphOf(
    'b',
    recipe('a', [], { build: 'meson' }),
    recipe('b', ['a'], { kind: 'program' }),
  );

  test('are a unit over the library sysroot, before those whose phases name them', () => {
    const unit = built(graph, answers);
    expect(unit.prefixUnits).toEqual(['musl:stubdom-amd64', 'symbols:stubdom-amd64']);
    expect(unit.answersUnit).toBeUndefined();
    const a = built(graph, 'a:stubdom-amd64');
    expect(a.answersUnit).toBe(answers);
    expect(dependencies(a)).toContain(answers);
    expect(visibleUnits(a)).toContain(answers);
  });

  test('reach nobody else, not even through a need', () => {
    expect(visibleUnits(graph.get('b:stubdom-amd64')!)).not.toContain(answers);
    expect([...graphOf('c', recipe('c')).keys()]).not.toContain(answers);
    // The parts of the toolchain are there before it can be asked anything.
    const part = recipe('d', [], { build: 'meson', bootstrap: true });
    expect([...graphOf('d', part).keys()]).toEqual(['d:stubdom-amd64']);
  });

  test('are wanted by a recipe whose words name them', () => {
    const inputs = { make: ['SITE={{config-site}}'] };
    const unit = built(graphOf('c', recipe('c', [], { inputs })), 'c:stubdom-amd64');
    expect(unit.answersUnit).toBe(answers);
  });

  test('rebuild nobody when they come out as they were, and their readers when not', async () => {
    const where = world();
    const same = (unit: string) => `content of ${unit}`;
    await buildAll(graph, where, same);
    const outcome = async (name: string, content: string) => {
      const seen = visibleUnits(graph.get(name)!).map((each) => [
        each,
        each === answers ? content : same(each),
      ]);
      return (await judge(graph.get(name)!, Object.fromEntries(seen), where)).state;
    };
    expect(await outcome('a:stubdom-amd64', same(answers))).toBe('fresh');
    expect(await outcome('a:stubdom-amd64', 'others')).toBe('stale');
    expect(await outcome('b:stubdom-amd64', 'others')).toBe('fresh');
  });
});

test('why follows what is stale down to what was changed', async () => {
  const where = world();
  await buildAll(graphOf('b', recipe('a'), recipe('b', ['a'])), where);
  const changed = recipe('a', [], { inputs: { make: ['X=1'] } });
  const plan = await makePlan(graphOf('b', changed, recipe('b', ['a'])), where);
  const explanations = await explain(plan, where, ['b:stubdom-amd64']);
  expect(explanations.flatMap(describeExplanation)).toEqual([
    'b:stubdom-amd64 has to be built: what it needs has to be built first',
    '  after a:stubdom-amd64',
    'a:stubdom-amd64 has to be built: it has changed since its last build',
    '  field make: (none) → ["X=1"]',
  ]);
});

test('why shows of long text the lines that differ', () => {
  const change = { part: 'phase compile', before: 'a\nb\nc', after: 'a\nB\nc' };
  const lines = describeExplanation({ unit: 'a', reason: 'changed', changes: [change], after: [] });
  expect(lines.slice(1)).toEqual(['  phase compile, line 2:', '    - b', '    + B']);
});

test('--force makes the named units stale and says so', async () => {
  const graph = graphOf('a', recipe('a'));
  const where = world();
  await buildAll(graph, where);
  const plan = await makePlan(graph, where, new Set(['a:stubdom-amd64']));
  expect(plan.build).toEqual(['a:stubdom-amd64']);
  expect(plan.staleness.get('a:stubdom-amd64')).toMatchObject({ reason: 'forced' });
});
